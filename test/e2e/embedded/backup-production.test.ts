import { execFile, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokens } from "../../../src/runtime/tokens.js";
import { runCli } from "../../integration/cli/run-cli.js";
import { type OwnDesk, startOwnDesk } from "../../integration/edges/own-desk.js";
import { RawClient } from "../../integration/realtime/raw-client.js";
import { freePort } from "../../support/free-port.js";
import { until } from "../../support/until.js";

const bin = "/usr/lib/postgresql/15/bin";
const run = promisify(execFile);

/** Who may run a Postgres here: root may not, so Debian's own user does for it. */
function serverUser(): { uid: number; gid: number } | null | undefined {
  if (userInfo().uid !== 0) return null;
  const [uid, gid] = ["-u", "-g"].map((what) => Number(spawnSync("id", [what, "postgres"]).stdout.toString().trim()));
  return uid && gid ? { uid, gid } : undefined;
}

const user = serverUser();
const isPossible = existsSync(join(bin, "pg_dump")) && user !== undefined;
if (!isPossible) console.warn(`SKIPPED: no Postgres 15 in ${bin}, or no user that may run it`);

/** A server of its own; nothing in it but what initdb makes. */
class Server {
  readonly folder: string;
  readonly #root: string;
  port = 0;

  constructor(root: string, name: string) {
    this.#root = root;
    this.folder = join(root, name);
  }

  url(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  async start(): Promise<void> {
    this.port = await freePort();
    mkdirSync(this.folder);
    if (user) chownSync(this.folder, user.uid, user.gid);
    await this.#run("initdb", "-D", this.folder, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync");
    const options = `-p ${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
    await this.#run("pg_ctl", "-D", this.folder, "-w", "-o", options, "-l", join(this.folder, "log"), "start");
    await this.ask("postgres", "CREATE DATABASE switchboard");
  }

  async stop(): Promise<void> {
    await this.#run("pg_ctl", "-D", this.folder, "-m", "immediate", "stop").catch(() => undefined);
  }

  async ask(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  #run(program: string, ...args: string[]) {
    return run(join(bin, program), args, { cwd: this.#root, ...(user ?? {}) });
  }
}

/** What every table holds, so that two databases can be compared: a hash of all rows, whatever their order. */
async function contentsOf(server: Server): Promise<Record<string, string>> {
  const tables = await server.ask(
    "switchboard",
    "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relispartition ORDER BY 1",
  );
  const contents: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await server.ask(
      "switchboard",
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') AS all FROM "${name}" t`,
    );
    contents[String(name)] = String(row?.all);
  }
  return contents;
}

describe.skipIf(!isPossible)("production: pg_dump, and its restore on another server", () => {
  const root = mkdtempSync(join(tmpdir(), "switchboard-backup-"));
  chmodSync(root, 0o777);
  const [old, anew, bare] = ["old", "new", "bare"].map((name) => new Server(root, name)) as [Server, Server, Server];
  const dump = join(root, "switchboard.dump");
  const settings = (server: Server) => ({
    DATABASE_URL: server.url("switchboard"),
    REDIS_URL: "none",
    JWT_SECRET: "j".repeat(40),
    DATA_DIR: root,
  });
  let desk: OwnDesk | null = null;

  beforeAll(async () => {
    await Promise.all([old.start(), anew.start(), bare.start()]);
  });

  afterAll(async () => {
    await desk?.close();
    await Promise.all([old, anew, bare].map((server) => server.stop()));
    rmSync(root, { recursive: true, force: true });
  });

  /** A socket of agent 11 on the desk's relay. */
  async function watch(on: OwnDesk, query = ""): Promise<RawClient> {
    const tokens = createTokens({ secret: "the secret of an edge, 32 characters", accessTtlS: 900 });
    const token = await tokens.sign({ sub: 11, role: "agent", name: "Agent 11", tv: 0 });
    const client = await new RawClient(`${on.socketUrl}?token=${token}${query}`).opened();
    await until(() => client.frames[0]?.type === "hello", "hello");
    return client;
  }

  it("nothing is missing, the wall stands again, and who was connected is told to fetch anew", async () => {
    desk = await startOwnDesk({ directUrl: old.url("switchboard"), redisUrl: "none" });
    const write = async (on: OwnDesk, body: string) => {
      const answer = await on.call("POST", "/api/messages/", { user_id: "U1", body });
      expect(answer.status).toBe(201);
      return Number(answer.body.id);
    };
    const kept = await write(desk, "Where is my loan?");
    const client = await watch(desk);
    const epoch = client.frames[0]?.epoch;
    for (let n = 0; n < 5; n++) await write(desk, `Message ${n}: I have still not received my loan`);
    const pulled = await desk.call("POST", "/api/agent/tickets/assign/", {}, 11);
    expect(pulled.body.assigned_tickets).toContain(kept);
    const reply = { agent_id: 11, text: "It is on its way." };
    expect((await desk.call("POST", `/api/messages/${kept}/reply/`, reply, 11)).status).toBe(200);
    const [settled] = [desk];
    await until(
      async () => {
        const [row] = await old.ask(
          "switchboard",
          `SELECT (SELECT count(*) FROM outbox)::int + (SELECT last_seq - published_seq FROM sequencer)::int
              + (SELECT count(*) FROM tickets WHERE scored_at IS NULL)::int
              + (SELECT count(*) FROM deliveries WHERE status = 'pending' AND channel <> 'socket')::int AS undone`,
        );
        return row?.undone === 0;
      },
      `the desk to be at rest: ${settled.log("worker").slice(-500)}`,
    );
    const pos = client.frames.reduce((most, frame) => Math.max(most, frame.pos ?? 0), 0);

    // A dump is one snapshot: the desk may go on meanwhile. Here it stops, so that the two can be compared.
    await desk.close();
    await run(join(bin, "pg_dump"), ["-Fc", "-f", dump, old.url("switchboard")]);
    const before = await contentsOf(old);

    // The role belongs to the server, not to the database: it is not in the dump.
    await anew.ask("postgres", "CREATE ROLE switchboard_reader NOLOGIN");
    await run(join(bin, "pg_restore"), ["--no-owner", "--exit-on-error", "-d", anew.url("switchboard"), dump]);
    expect(await contentsOf(anew)).toEqual(before);
    expect((await runCli(["migrate", "up"], settings(anew))).code).toBe(0);
    const done = await runCli(["restore-done", "--json"], settings(anew));
    expect(done.code).toBe(0);
    expect(done.json<{ epoch: string }>().epoch).not.toBe(epoch);

    desk = await startOwnDesk({ directUrl: anew.url("switchboard"), redisUrl: "none", users: false });
    const back = await watch(desk, `&since=${pos}&epoch=${String(epoch)}`);
    await until(() => back.frames.some(({ type }) => type === "resync_required"), "to be told to fetch anew");
    const read = await desk.call("GET", `/api/messages/${kept}/`);
    expect(read.body).toMatchObject({ id: kept, status: "closed", reply: { text: "It is on its way." } });
    const after = await write(desk, "Are you there again?");
    expect(after).toBeGreaterThan(kept);
    await until(() => back.frames.some((frame) => frame.type === "message_new" && frame.message_id === after), "news");
    const gaps = await anew.ask(
      "switchboard",
      "SELECT stream FROM events GROUP BY stream HAVING max(pos) <> count(*) OR min(pos) <> 1",
    );
    expect(gaps).toEqual([]);
    expect((await desk.doctor()).get("row security")?.state).toBe("ok");

    // A client that stays connected through a restore is told as well.
    expect((await runCli(["restore-done"], settings(anew))).code).toBe(0);
    await until(() => back.closed, "to be sent away");
    expect(back.closed?.code).toBe(1012);
    await desk.close();
    desk = null;
  });

  it("on a server that lacks the role: what names it is left out, and migrate up puts the wall up again", async () => {
    await expect(run(join(bin, "pg_restore"), ["--no-owner", "-d", bare.url("switchboard"), dump])).rejects.toThrow(
      'role "switchboard_reader" does not exist',
    );
    expect(await contentsOf(bare)).toEqual(await contentsOf(old));
    const walls = async () =>
      (await bare.ask("switchboard", "SELECT count(*)::int AS n FROM pg_policy WHERE polname = 'viewer'"))[0]?.n;
    expect(await walls()).toBe(0);
    expect((await runCli(["migrate", "up"], settings(bare))).code).toBe(0);
    expect(await walls()).toBe((await old.ask("switchboard", "SELECT count(*)::int AS n FROM pg_policy"))[0]?.n);
  });
});
