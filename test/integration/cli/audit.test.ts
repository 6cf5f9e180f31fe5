import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { type Desk, openDesk } from "../../support/desk.js";
import { findInTables } from "../../support/dump.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { deskSettings, makeFolder, runCli } from "./run-cli.js";

let database: TestDatabase;
let desk: Desk;
let settings: Record<string, string>;
const cli = (...args: string[]) => runCli(args, settings);
const me = userInfo().username;

beforeAll(async () => {
  database = await createTestDatabase();
  desk = await openDesk(database.db);
  settings = deskSettings(database.url);
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});

interface Page {
  results: {
    action: string;
    actor: { kind: string; name: string };
    subject: { kind: string; id: string | null };
    after: unknown;
  }[];
  next: string | null;
}

/** The newest act, as `audit ls --json` shows it. */
async function newest(...filters: string[]) {
  const listed = await cli("audit", "ls", "--limit", "1", "--json", ...filters);
  expect(listed.code, listed.stderr).toBe(0);
  const [entry] = listed.json<Page & Record<string, unknown>>().results;
  return entry;
}

test("acts at the command line are kept under the account's name", async () => {
  const acted = async (...args: string[]) => {
    const result = await cli(...args);
    expect([args, result.code, result.stderr]).toEqual([args, 0, expect.anything()]);
    const entry = await newest("--actor", me);
    expect(entry?.actor).toEqual({ kind: "cli", id: null, name: me });
    return [entry?.action, entry?.subject, entry?.after];
  };
  const all = { kind: "desk", id: null };
  expect(await acted("seed", "--agents", "1", "--json")).toEqual([
    "desk.seed",
    all,
    { agents: 1, messages: 0, demo: false, with_api_key: false },
  ]);
  const csv = join(makeFolder(), "letters.csv");
  writeFileSync(csv, "user_id,timestamp,body\nU1,2020-01-01 10:00,hello there\n");
  expect(await acted("import", csv, "--json")).toEqual(["desk.import", all, { file: "letters.csv" }]);
  const added = await acted(
    "user",
    "add",
    "--role",
    "admin",
    "--name",
    "Root",
    "--email",
    "root@example.test",
    "--password",
    "xqpassword",
  );
  const { id } = added[1] as { id: string };
  expect(added).toEqual([
    "user.create",
    { kind: "user", id },
    { role: "admin", name: "Root", email: "root@example.test" },
  ]);
  expect(await acted("user", "token", "--email", "root@example.test", "--ttl", "60")).toEqual([
    "user.token",
    { kind: "user", id },
    { role: "admin", ttl_s: 60 },
  ]);
  const password = ["--email", "root@example.test", "--password", "xqpassword2"];
  expect((await acted("user", "passwd", ...password)).slice(0, 2)).toEqual(["user.password", { kind: "user", id }]);
  expect(await findInTables(database.db, ["xqpassword"])).toEqual([]);
  expect(await acted("restore-done")).toEqual(["desk.restore_done", all, { epoch: expect.any(String) }]);
  expect(await acted("queue", "pause", "route")).toEqual(["stage.pause", { kind: "stage", id: "route" }, {}]);
  expect(await acted("queue", "resume", "route")).toEqual(["stage.resume", { kind: "stage", id: "route" }, {}]);
  expect(await acted("queue", "drain", "route", "--yes")).toEqual([
    "stage.drain",
    { kind: "stage", id: "route" },
    { jobs: 0, delayed: false },
  ]);
  expect(await acted("outbox", "replay", "--from-seq", "1")).toEqual([
    "desk.replay",
    all,
    { from_seq: 1, to_seq: 0, stage: null },
  ]);
  const agent = await desk.agent();
  const ticketId = await desk.message();
  await claimTicket(desk.as(agent), { ticketId, agentId: agent.id });
  expect(await acted("tickets", "release", String(ticketId))).toEqual([
    "ticket.release",
    { kind: "ticket", id: String(ticketId) },
    { assigned_to: null, version: 3 },
  ]);
});

test("looking and trying out is no act", async () => {
  const count = async () => (await database.db.pool.query("SELECT count(*)::int AS n FROM audit_log")).rows[0].n;
  const before = await count();
  const csv = join(makeFolder(), "more.csv");
  writeFileSync(csv, "user_id,timestamp,body\nU1,2020-01-01 10:00,more\n");
  for (const args of [
    ["queue", "ls"],
    ["tickets", "ls"],
    ["import", csv, "--dry-run"],
    ["outbox", "replay", "--from-seq", "1", "--dry-run"],
  ]) {
    expect([args, (await cli(...args)).code]).toEqual([args, 0]);
  }
  expect(await count()).toBe(before);
});

test("ls prints a table, pages, and filters", async () => {
  const table = await cli("audit", "ls", "--subject", "stage:route");
  expect(table.code, table.stderr).toBe(0);
  for (const word of ["who", "did", `cli ${me}`, "stage.drain", "stage route", "jobs 0"])
    expect(table.stdout).toContain(word);
  expect(table.stdout).not.toContain("desk.seed");
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await cli("audit", "ls", "--limit", "2", "--json", ...(cursor ? ["--cursor", cursor] : []));
    const { results, next } = page.json<Page & Record<string, unknown>>();
    seen.push(...results.map(({ action }) => action));
    cursor = next;
  } while (cursor);
  const { rows } = await database.db.pool.query<{ action: string }>(
    "SELECT action FROM audit_log ORDER BY at DESC, id DESC",
  );
  expect(seen).toEqual(rows.map(({ action }) => action));
  expect(await newest("--action", "desk.import", "--since", "1h")).toMatchObject({ after: { file: "letters.csv" } });
  expect((await cli("audit", "ls", "--since", "2030-01-01")).stdout).toBe("no such acts\n");
});

test.each([
  ["--action", "queue.destroy"],
  ["--subject", "thing:1"],
  ["--since", "yesterday"],
  ["--cursor", "nonsense"],
  ["--limit", "0"],
])("wrong usage: %s %s", async (...args) => {
  const result = await cli("audit", "ls", ...args);
  expect([result.code, result.stdout]).toEqual([2, ""]);
  expect(result.stderr).toMatch(/^switchboard: /);
});

test("help has examples", async () => {
  for (const args of [
    ["audit", "--help"],
    ["audit", "ls", "--help"],
  ]) {
    const help = await cli(...args);
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("Example:\n  $ switchboard audit ls")]);
  }
});
