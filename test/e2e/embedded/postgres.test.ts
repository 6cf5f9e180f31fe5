import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../../src/embedded/postgres.js";
import { isAlive } from "../../../src/embedded/processes.js";

let dataDir: string;
let servers: EmbeddedPostgres[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "switchboard-postgres-"));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(port?: number): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, ...(port === undefined ? {} : { port }) });
  servers.push(server);
  return server;
}

async function ask(server: EmbeddedPostgres, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("stopped and started again it has its data, its password and its port", async () => {
  const first = await start();
  await ask(first, "CREATE TABLE kept AS SELECT 'Ünïcode' AS text");
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await ask(second, "SELECT text, lower('ÜÏ') AS lower FROM kept")).toEqual([{ text: "Ünïcode", lower: "üï" }]);
  const settings = await ask(
    second,
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'listen_addresses', 'unix_socket_directories', 'server_encoding') ORDER BY name",
  );
  expect(settings.map(({ setting }) => setting)).toEqual(["on", "127.0.0.1", "UTF8", ""]);
});

test("nobody but us may read the secrets, and nobody may come in without the password", async () => {
  const server = await start();
  expect(statSync(join(dataDir, "secrets.json")).mode & 0o777).toBe(0o600);
  expect(statSync(server.folder).mode & 0o777).toBe(0o700);
  const stranger = new URL(server.url);
  stranger.password = "guessed";
  await expect(ask({ ...server, url: stranger.href }, "SELECT 1")).rejects.toThrow("password authentication failed");
  const { postgresPassword } = JSON.parse(readFileSync(join(dataDir, "secrets.json"), "utf8"));
  expect(readFileSync(`/proc/${server.pid}/cmdline`, "utf8")).not.toContain(postgresPassword);
});

test("killed with its sessions at work it starts again on the same port, and nothing that was committed is gone", async () => {
  const first = await start();
  await ask(first, "CREATE TABLE kept AS SELECT 1 AS one");
  const busy = ask(first, "SELECT count(*) FROM generate_series(1, 1e12)").catch((error: Error) => error);
  process.kill(first.pid, "SIGKILL");
  expect(await first.exited).toBe("SIGKILL");
  const second = await start(first.port);
  expect(await ask(second, "SELECT one FROM kept")).toEqual([{ one: 1 }]);
  expect(await busy).toBeInstanceOf(Error);
});

test("a server that a killed parent left behind is stopped before a new one takes its data", async () => {
  const orphan = await start();
  await ask(orphan, "CREATE TABLE kept AS SELECT 1 AS one");
  const next = await start();
  expect(isAlive(orphan.pid)).toBe(false);
  expect(await orphan.exited).toBe("exit 0");
  expect(next.url).toBe(orphan.url);
  expect(await ask(next, "SELECT one FROM kept")).toEqual([{ one: 1 }]);
});

test("a stale pid file is survived, also when its number now belongs to another program", async () => {
  const first = await start();
  await first.stop();
  writeFileSync(join(first.folder, "postmaster.pid"), `${process.ppid}\n${first.folder}\n`);
  const second = await start();
  expect(await ask(second, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("a start that was killed half-way leaves nothing in the way of the next", async () => {
  const first = await start();
  await first.stop();
  rmSync(first.folder, { recursive: true });
  writeFileSync(`${first.folder}.new`, "half a database");
  const second = await start();
  expect(await ask(second, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  expect(existsSync(`${first.folder}.new`)).toBe(false);
});

test("with its password lost the data is still ours", async () => {
  const first = await start();
  await ask(first, "CREATE TABLE kept AS SELECT 1 AS one");
  await first.stop();
  rmSync(join(dataDir, "secrets.json"));
  const second = await start();
  expect(second.url).not.toBe(first.url);
  expect(await ask(second, "SELECT one FROM kept")).toEqual([{ one: 1 }]);
});

test("what Postgres refuses is told in one sentence", async () => {
  const first = await start();
  await first.stop();
  appendFileSync(join(first.folder, "postgresql.conf"), "\nnot_a_setting = 1\n");
  await expect(start()).rejects.toThrow(/^Postgres did not start: .*(not_a_setting|contains errors).*postgres\.log\)$/);
});

test.skipIf(process.getuid?.() !== 0)(
  "as root, data that had to go elsewhere is found again when the folder opens",
  async () => {
    const closed = dataDir;
    dataDir = join(closed, "data");
    mkdirSync(dataDir);
    chmodSync(closed, 0o700);
    const first = await start();
    expect(first.folder.startsWith(dataDir)).toBe(false);
    await ask(first, "CREATE TABLE kept AS SELECT 1 AS one");
    await first.stop();
    chmodSync(closed, 0o755);
    const second = await start();
    expect(await ask(second, "SELECT one FROM kept")).toEqual([{ one: 1 }]);
    await second.stop();
    rmSync(dirname(second.folder), { recursive: true, force: true });
    dataDir = closed;
  },
);

test.skipIf(process.getuid?.() !== 0)(
  "as root, data in a folder that was closed is not replaced by an empty database",
  async () => {
    const closed = dataDir;
    dataDir = join(closed, "data");
    mkdirSync(dataDir);
    chmodSync(closed, 0o755);
    await (await start()).stop();
    chmodSync(closed, 0o700);
    await expect(start()).rejects.toThrow(/^the data is in .* may no longer enter/);
    dataDir = closed;
  },
);
