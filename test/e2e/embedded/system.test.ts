import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { markOf, postgresProgram } from "../../../src/embedded/leftovers.js";
import { isAlive, processesMarked } from "../../../src/embedded/processes.js";
import { until } from "../../support/until.js";
import { Ground } from "./parent-process.js";

let ground: Ground;

beforeEach(async () => {
  ground = new Ground();
  await ground.open();
});

afterEach(() => ground.close());

function runtimeEnv(): Record<string, string> {
  return JSON.parse(readFileSync(join(ground.dataDir, "runtime.json"), "utf8")).env;
}

async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: runtimeEnv().DATABASE_URL });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function serverPid(): number | undefined {
  return processesMarked(markOf(ground.dataDir), postgresProgram).find(({ line }) => line.includes(" -D "))?.pid;
}

function leftRunning(): string[] {
  return processesMarked(markOf(ground.dataDir), /./).map(({ line }) => line);
}

test("starts all, says where, lets the CLI find it, and stops in order with the data kept", async () => {
  const parent = ground.start(["--messages", "20"]);
  await parent.ready();
  expect(parent.out.trimEnd().split("\n").at(-1)).toBe(`ready http://127.0.0.1:${ground.port}`);
  expect(parent.out).toMatch(/admin {4}admin@demo\.switchboard\.local {3}password \S{12}/);
  expect(ground.events()[0]).toBe("prepare demo=true messages=20");
  expect(await (await fetch(`http://127.0.0.1:${ground.port}/`)).json()).toMatchObject({
    DATA_DIR: ground.dataDir,
    OPEN_DEMO: "1",
    SWITCHBOARD_EMBEDDED: "1",
  });
  expect(statSync(join(ground.dataDir, "runtime.json")).mode & 0o777).toBe(0o600);
  await ask("CREATE TABLE kept AS SELECT 1 AS one");
  expect(await parent.stop("SIGINT")).toBe(0);
  expect(ground.events().filter((line) => line.includes("stopped"))).toHaveLength(3);
  expect(ground.events().filter((line) => line.endsWith("stopped by SIGTERM, database there"))).toHaveLength(3);
  expect(leftRunning()).toEqual([]);
  expect(existsSync(join(ground.dataDir, "runtime.json"))).toBe(false);

  const again = ground.start(["--no-demo"]);
  await again.ready();
  expect(await ask("SELECT one FROM kept")).toEqual([{ one: 1 }]);
  expect(await again.stop("SIGTERM")).toBe(0);

  const anew = ground.start(["--fresh"]);
  await anew.ready();
  expect(await ask("SELECT to_regclass('kept') AS kept")).toEqual([{ kept: null }]);
});

test("what is killed comes back: a process, Postgres, on the same port", async () => {
  const parent = ground.start([], { REDIS_URL: "none" });
  await parent.ready();
  await ask("CREATE TABLE kept AS SELECT 1 AS one");
  const [worker] = ground.pidsOf("worker");
  process.kill(worker ?? 0, "SIGKILL");
  await until(() => ground.pidsOf("worker")[1], "another worker", 5_000);
  const postgres = serverPid() ?? 0;
  process.kill(postgres, "SIGKILL");
  await until(() => serverPid() !== undefined && serverPid() !== postgres, "another Postgres", 5_000);
  const rows = await until(() => ask("SELECT one FROM kept").catch(() => null), "Postgres on its port", 5_000);
  expect(rows).toEqual([{ one: 1 }]);
  expect(parent.process.exitCode).toBeNull();
});

test("killed with -9 it leaves no process for long, and the next start recovers", async () => {
  const parent = ground.start();
  await parent.ready();
  await ask("CREATE TABLE kept AS SELECT 1 AS one");
  const orphan = serverPid() ?? 0;
  parent.process.kill("SIGKILL");
  await parent.exited;
  await until(() => ["api", "relay", "worker"].every((name) => !ground.pidsOf(name).some(isAlive)), "no orphans");
  expect(ground.events().filter((line) => line.includes("stopped by disconnect"))).toHaveLength(3);
  const next = ground.start();
  await next.ready();
  expect(isAlive(orphan)).toBe(false);
  expect(await ask("SELECT one FROM kept")).toEqual([{ one: 1 }]);
});

test("a second start on the same folder is refused with the first one's pid", async () => {
  const first = ground.start();
  await first.ready();
  const second = ground.start();
  expect(await second.exited).toBe(1);
  expect(second.err).toBe(
    `switchboard: Switchboard already runs on ${ground.dataDir} (pid ${first.pid}); stop it first, or set another DATA_DIR\n`,
  );
  expect(await ask("SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("who never comes up ends the start with exit 1, who refuses its settings with 78, and nothing is left", async () => {
  const crashing = ground.start([], { FAKE_CRASH: "worker" });
  expect(await crashing.exited).toBe(1);
  expect(crashing.err).toBe("switchboard: worker failed 5 times in a row (last: exit 3); its lines above say why\n");
  expect(ground.pidsOf("worker")).toHaveLength(5);
  const refusing = ground.start([], { FAKE_REFUSE: "relay" });
  expect(await refusing.exited).toBe(78);
  expect(refusing.err).toBe("switchboard: relay refused its settings, see above\n");
  const unprepared = ground.start([], { FAKE_CRASH: "prepare" });
  expect(await unprepared.exited).toBe(1);
  expect(unprepared.err).toBe("switchboard: demo data failed (exit 1), see above\n");
  expect(leftRunning()).toEqual([]);
});

test("who ignores SIGTERM is cut off, within the 10 s of the whole", async () => {
  const parent = ground.start([], { FAKE_HANG: "api" });
  await parent.ready();
  const [api] = ground.pidsOf("api");
  const startedAt = performance.now();
  expect(await parent.stop("SIGTERM")).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(ground.events()).toContain("api ignores SIGTERM");
  expect(isAlive(api ?? 0)).toBe(false);
  expect(leftRunning()).toEqual([]);
});

test("stopped in the middle of its start it leaves nothing running, and exits 0", async () => {
  const parent = ground.start();
  await until(() => existsSync(join(ground.dataDir, "postgres.log")), "Postgres being started", 30_000);
  expect(await parent.stop("SIGINT")).toBe(0);
  expect(leftRunning()).toEqual([]);
});

test("a taken port, a wrong setting, a wrong flag, a foreign folder: one sentence each", async () => {
  const taker = createServer();
  await new Promise<void>((resolve) => taker.listen(ground.port, "127.0.0.1", resolve));
  const taken = ground.start();
  expect(await taken.exited).toBe(1);
  expect(taken.err).toBe(
    `switchboard: port ${ground.port} (PORT) is taken by another program; set PORT to a free one\n`,
  );
  await new Promise((resolve) => taker.close(resolve));

  const wrong = ground.start([], { WEB_CONCURRENCY: "many", LOG_LEVEL: "loud" });
  expect(await wrong.exited).toBe(78);
  expect(wrong.err.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^switchboard: WEB_CONCURRENCY: /),
    expect.stringMatching(/^switchboard: LOG_LEVEL: /),
  ]);

  const open = ground.start([], { OPEN_DEMO: "1", HOST: "0.0.0.0" });
  expect(await open.exited).toBe(78);
  expect(open.err).toBe("switchboard: OPEN_DEMO: refused, HOST is not loopback\n");

  const unknown = ground.start(["--frsh"]);
  expect(await unknown.exited).toBe(2);
  expect(unknown.err).toBe(
    "switchboard: Unknown option '--frsh'; there are --fresh, --no-demo, --messages N, --help\n",
  );

  const file = join(ground.dataDir, "file");
  writeFileSync(file, "not a folder");
  const noFolder = ground.start([], { DATA_DIR: file });
  expect(await noFolder.exited).toBe(1);
  expect(noFolder.err).toBe(`switchboard: DATA_DIR ${file} is not a folder; set another one\n`);
});

test.skipIf(!existsSync("/proc/self"))("a DATA_DIR where no folder can be made is refused at once", async () => {
  const nowhere = ground.start([], { DATA_DIR: "/proc/switchboard" });
  expect(await nowhere.exited).toBe(78);
  expect(nowhere.err).toBe("switchboard: DATA_DIR /proc/switchboard is where no folder can be made; set another one\n");
});

test("--fresh removes nothing from a folder that is not ours", async () => {
  writeFileSync(join(ground.dataDir, "thesis.txt"), "years of work");
  const parent = ground.start(["--fresh"]);
  expect(await parent.exited).toBe(1);
  expect(parent.err).toContain("does not look like a data folder of Switchboard");
  expect(readFileSync(join(ground.dataDir, "thesis.txt"), "utf8")).toBe("years of work");
});
