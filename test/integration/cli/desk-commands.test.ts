import { afterAll, beforeAll, expect, test } from "vitest";
import { migrationStatus } from "../../../src/db/migrate.js";
import { verifyPassword } from "../../../src/runtime/passwords.js";
import { createTokens } from "../../../src/runtime/tokens.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { deskSettings, runCli } from "./run-cli.js";

let database: TestDatabase;
let settings: Record<string, string>;
const cli = (...args: string[]) => runCli(args, settings);

beforeAll(async () => {
  database = await createTestDatabase();
  settings = deskSettings(database.url);
});
afterAll(() => database.drop());

const claimsOf = (token: string) => createTokens({ secret: settings.JWT_SECRET ?? "", accessTtlS: 60 }).verify(token);

interface Seeded {
  admin: { id: number; email: string; token: string };
  agents: { id: number; name: string; token: string }[];
  customer: { id: number; user_id: string; token: string };
  api_key?: string;
  imported: number;
}

test("seed --demo: agents 1 to 7, canned replies from 1 on, messages from 1 on, 12 unassigned; twice is the same", async () => {
  const first = await cli("seed", "--demo", "--json");
  expect(first.code, first.stderr).toBe(0);
  const seeded = first.json<Seeded>();
  expect(seeded.agents.map(({ id, name }) => [id, name])).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((id) => [id, `Agent ${id}`]),
  );
  expect(seeded.imported).toBeGreaterThan(12);
  expect(await claimsOf(seeded.admin.token)).toMatchObject({ sub: seeded.admin.id, role: "admin" });
  expect(await claimsOf(seeded.agents[2]?.token ?? "")).toMatchObject({ sub: 3, role: "agent", name: "Agent 3" });
  expect(await claimsOf(seeded.customer.token)).toMatchObject({ role: "customer" });
  const { kysely } = database.db;
  const twelve = await kysely.selectFrom("tickets").select(["id", "status", "urgency"]).where("id", "=", 12).execute();
  expect(twelve).toEqual([{ id: 12, status: "unassigned", urgency: expect.any(Number) }]);
  const canned = await kysely.selectFrom("canned_replies").select("id").where("id", "in", [1, 2, 3]).execute();
  expect(canned).toHaveLength(3);
  const countAll = async () =>
    (
      await database.db.pool.query(
        `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM tickets) AS tickets,
            (SELECT count(*) FROM canned_replies) AS canned, (SELECT count(*) FROM prompts) AS prompts,
            (SELECT count(*) FROM conversations) AS talks, (SELECT count(*) FROM messages) AS messages,
            (SELECT count(*) FROM disputes) AS disputes, (SELECT count(*) FROM payments) AS payments,
            (SELECT count(*) FROM outbox) AS events`,
      )
    ).rows[0];
  const before = await countAll();
  const second = await cli("seed", "--demo", "--json");
  expect(second.json<Seeded>()).toMatchObject({ imported: 0, admin: { id: seeded.admin.id } });
  expect(await countAll()).toEqual(before);
});

test("the demo's conversations: threads with a payment and a dispute, and a talk that the bot keeps", async () => {
  const { rows } = await database.db.pool.query(
    `SELECT c.kind, c.title, c.job_id, array_agg(m.kind ORDER BY m.seq) AS said,
            (SELECT array_agg(p.user_id ORDER BY p.user_id) FROM participants p WHERE p.conversation_id = c.id) AS people
     FROM conversations c JOIN messages m ON m.conversation_id = c.id WHERE c.kind <> 'support'
     GROUP BY c.id ORDER BY c.id`,
  );
  const text = "text";
  const numbers = rows.map((row) => ({ ...row, people: row.people.map(Number) }));
  expect(numbers).toEqual([
    {
      ...{ kind: "direct", title: "Roof repair", job_id: 1, people: [998, 999] },
      said: [text, text, text, "job_update", "payment", "payment", "job_update", text],
    },
    {
      ...{ kind: "direct", title: "Shop sign", job_id: 2, people: [998, 999] },
      said: [text, text, "dispute", "dispute", text],
    },
    { kind: "direct", title: "Your new card", job_id: null, people: [1, 999], said: [text, text] },
    { kind: "bot", title: "", job_id: null, people: [999], said: [text, "bot"] },
  ]);
  const matters = await database.db.pool.query(
    "SELECT (SELECT status FROM disputes) AS dispute, (SELECT status FROM payments) AS payment",
  );
  expect(matters.rows).toEqual([{ dispute: "under_review", payment: "completed" }]);
  const acts = await database.db.pool.query(
    "SELECT actor_kind, action FROM audit_log WHERE action LIKE '%.update' ORDER BY id",
  );
  expect(acts.rows).toEqual([
    { actor_kind: "cli", action: "payment.update" },
    { actor_kind: "cli", action: "dispute.update" },
  ]);
});

test("seed goes without the conversations of who was disabled or erased since", async () => {
  const { pool } = database.db;
  await pool.query("UPDATE conversations SET deleted_at = now() WHERE kind = 'direct'");
  await pool.query("UPDATE users SET disabled_at = now() WHERE id IN (1, 998)");
  await pool.query("UPDATE messages SET client_id = NULL; UPDATE customers SET erased_at = now() WHERE id = 999");
  const again = await cli("seed", "--json");
  expect([again.code, again.stderr]).toEqual([0, ""]);
  expect(again.json<Seeded>().agents[0]).toEqual({ id: 1, name: "Agent 1", token: null });
  const { rows } = await pool.query("SELECT count(*)::int AS n FROM conversations WHERE kind <> 'support'");
  expect(rows).toEqual([{ n: 4 }]);
  await pool.query("UPDATE users SET disabled_at = NULL; UPDATE customers SET erased_at = NULL");
});

test("seed --messages n: that many generated ones, the same ones again add nothing", async () => {
  expect((await cli("seed", "--messages", "700", "--json")).json<Seeded>().imported).toBe(700);
  expect((await cli("seed", "--messages", "700", "--json")).json<Seeded>().imported).toBe(0);
});

test("seed --demo prints no token for people: its output is a log's", async () => {
  const result = await cli("seed", "--demo");
  expect(result.code).toBe(0);
  expect(result.stdout + result.stderr).not.toMatch(/eyJ/);
});

test("user add, token, passwd", async () => {
  const add = ["user", "add", "--role", "agent", "--name", "Amina", "--email", "amina@example.com", "--json"];
  const added = await runCli([...add, "--capacity", "3", "--password-stdin"], settings, "correct horse\n");
  expect(added.code, added.stderr).toBe(0);
  const { user } = added.json<{ user: { id: number; role: string } }>();
  expect(user).toMatchObject({ role: "agent", name: "Amina", email: "amina@example.com" });
  const { kysely } = database.db;
  const agent = await kysely.selectFrom("agents").select("capacity").where("id", "=", user.id).executeTakeFirst();
  expect(agent).toEqual({ capacity: 3 });
  const row = () => kysely.selectFrom("users").selectAll().where("id", "=", user.id).executeTakeFirstOrThrow();
  expect(await verifyPassword("correct horse", (await row()).password_hash)).toBe(true);

  const again = await cli(...add);
  expect(again.code).toBe(1);
  expect(again.stderr).toMatch(/e-mail address/);

  const token = await cli("user", "token", "--email", "AMINA@example.com", "--json");
  expect(await claimsOf(token.json<{ token: string }>().token)).toMatchObject({ sub: user.id, tv: 0 });

  const changed = await runCli(
    ["user", "passwd", "--email", "amina@example.com", "--password-stdin"],
    settings,
    "new password",
  );
  expect(changed.code, changed.stderr).toBe(0);
  expect((await row()).token_version).toBe(1);
  expect(await verifyPassword("new password", (await row()).password_hash)).toBe(true);
  const short = await runCli(["user", "passwd", "--email", "amina@example.com", "--password", "short"], settings);
  expect(short.code).toBe(2);
});

test("user ls, disable and enable: by address or id, never the last admin; each is in the audit log", async () => {
  const add = ["user", "add", "--role", "agent", "--name", "Zola", "--email", "zola@example.com", "--json"];
  const { user } = (await cli(...add)).json<{ user: { id: number } }>();
  const row = () =>
    database.db.kysely.selectFrom("users").selectAll().where("id", "=", user.id).executeTakeFirstOrThrow();
  const disabled = await cli("user", "disable", "ZOLA@example.com", "--json");
  expect([disabled.code, disabled.json()]).toMatchObject([0, { user: { id: user.id, name: "Zola" } }]);
  expect((await row()).disabled_at).not.toBeNull();
  expect((await cli("user", "token", "--email", "zola@example.com")).code).toBe(1);
  interface Page {
    users: { id: number; disabled: boolean }[];
    next: number | null;
  }
  const page = (await cli("user", "ls", "--after", String(user.id - 1), "--limit", "1", "--json")).json<Page>();
  expect(page.users).toEqual([{ id: user.id, role: "agent", name: "Zola", email: "zola@example.com", disabled: true }]);
  expect((await cli("user", "enable", String(user.id))).code).toBe(0);
  expect((await row()).disabled_at).toBeNull();
  const admins = (await cli("user", "ls", "--role", "admin", "--json"))
    .json<Page>()
    .users.filter((each) => !each.disabled);
  expect(admins).toHaveLength(1);
  const last = await cli("user", "disable", String(admins[0]?.id));
  expect([last.code, last.stderr]).toEqual([1, expect.stringContaining("last admin")]);
  expect((await cli("user", "disable", "nobody@example.com")).code).toBe(1);
  const { rows } = await database.db.pool.query(
    "SELECT action, actor_kind FROM audit_log WHERE subject_id = $1 ORDER BY id",
    [String(user.id)],
  );
  expect(rows.map((each) => `${each.action} ${each.actor_kind}`)).toEqual([
    "agent.create cli",
    "user.update cli",
    "user.update cli",
  ]);
});

test("user token: by role, by customer (made when new), never by guess", async () => {
  const admin = await cli("user", "token", "--role", "admin", "--json");
  expect(admin.json()).toMatchObject({ user: { role: "admin" } });
  const one = await cli("user", "token", "--customer", "new-one", "--json");
  const same = await cli("user", "token", "--customer", "new-one", "--json");
  expect(one.json<{ user: { id: number } }>().user.id).toBe(same.json<{ user: { id: number } }>().user.id);
  expect((await cli("user", "token", "--email", "nobody@example.com")).code).toBe(1);
  expect((await cli("user", "token")).code).toBe(2);
  expect((await cli("user", "token", "--role", "agent", "--customer", "x")).code).toBe(2);
  expect((await cli("user", "token", "--role", "king")).code).toBe(2);
});

test("migrate: up twice does nothing the second time; status shows all; the first admin of ADMIN_EMAIL is made once", async () => {
  const up = await cli("migrate", "up", "--json");
  expect(up.json()).toEqual({ applied: [] });
  const status = await cli("migrate", "status", "--json");
  expect(status.code).toBe(0);
  expect(status.json<{ migrations: unknown[]; waiting: number }>()).toMatchObject({ waiting: 0 });
  expect(status.json<{ migrations: unknown[] }>().migrations).toHaveLength((await migrationStatus(database.db)).length);
  const fresh = await createTestDatabase();
  try {
    const own = { ...deskSettings(fresh.url), ADMIN_EMAIL: "boss@example.com", ADMIN_PASSWORD: "first password" };
    expect((await runCli(["migrate", "up", "--json"], own)).json()).toMatchObject({ admin: "boss@example.com" });
    expect((await runCli(["migrate", "up", "--json"], own)).json()).toEqual({ applied: [] });
  } finally {
    await fresh.drop();
  }
});

test("restore-done begins a new epoch each time", async () => {
  const epochs = [await cli("restore-done", "--json"), await cli("restore-done", "--json")].map((r) => r.json().epoch);
  expect(new Set(epochs).size).toBe(2);
  const row = await database.db.kysely.selectFrom("system").select("epoch").executeTakeFirstOrThrow();
  expect(row.epoch).toBe(epochs[1]);
});

interface Doctor {
  ok: boolean;
  checks: { name: string; state: string; found: string; advice: string }[];
  settings: Record<string, string>;
}

test("doctor: without a worker it says so, exits 1, and shows no secret", async () => {
  const result = await cli("doctor", "--json");
  expect(result.code).toBe(1);
  const { checks, ok, settings: shown } = result.json<Doctor>();
  const states = Object.fromEntries(checks.map((check) => [check.name, check.state]));
  expect(ok).toBe(false);
  expect(states).toMatchObject({
    Node: "ok",
    database: "ok",
    migrations: "ok",
    queue: "ok",
    bus: "ok",
    sequencer: "fail",
  });
  for (const check of checks.filter((item) => item.state !== "ok")) expect(check.advice).not.toBe("");
  expect(shown.JWT_SECRET).toBe("[redacted]");
  expect(result.stdout).not.toContain(settings.JWT_SECRET);
});

test("doctor: no database, no settings", async () => {
  const away = await runCli(["doctor", "--json"], { ...settings, DATABASE_URL: "postgres://nobody@127.0.0.1:9/none" });
  expect(away.code).toBe(1);
  expect(away.json<Doctor>().checks).toContainEqual(expect.objectContaining({ name: "database", state: "fail" }));
  const unset = await runCli(["doctor", "--json"], { DATA_DIR: settings.DATA_DIR ?? "" });
  expect(unset.code).toBe(1);
  expect(unset.json<Doctor>().checks).toContainEqual(expect.objectContaining({ name: "settings", state: "fail" }));
});

test.each([
  ["help", ["--help"], 0],
  ["a command's help", ["help", "import"], 0],
  ["help of a part of a command", ["verify", "claim-race", "--help"], 0],
  ["no such command", ["fly"], 2],
  ["too much", ["import", "a", "b"], 2],
  ["no number", ["seed", "--agents", "many"], 2],
  ["half a command", ["user"], 2],
  ["a claim against a desk that is not the embedded one", ["verify", "claim-race"], 2],
])("exit code of %s", async (_, args, code) => {
  const result = await cli(...args);
  expect(result.code, result.stderr).toBe(code);
  if (code === 0) expect(result.stdout).toMatch(/Example:/);
});

test("wrong settings: exit 78, a line each", async () => {
  const unset = await runCli(["seed"], { DATA_DIR: settings.DATA_DIR ?? "" });
  expect(unset.code).toBe(78);
  expect(unset.stderr).toMatch(/DATABASE_URL.*\n.*JWT_SECRET/);
});

test("no database: exit 1, one sentence; its stack with LOG_LEVEL=debug only", async () => {
  const away = { ...settings, DATABASE_URL: "postgres://nobody@127.0.0.1:9/none" };
  const result = await runCli(["seed"], away);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/127\.0\.0\.1:9/);
  expect(result.stderr.trim().split("\n")).toHaveLength(1);
  expect((await runCli(["seed"], { ...away, LOG_LEVEL: "debug" })).stderr).toMatch(/ {4}at /);
});
