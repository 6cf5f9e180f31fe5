import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { QueueAdmin } from "../../../src/queue/admin.js";
import { PostgresStore } from "../../../src/queue/postgres-store.js";
import { createProducer } from "../../../src/queue/stage-producer.js";
import { StageWorker } from "../../../src/queue/stage-worker.js";
import { stageSettings } from "../../../src/queue/stages.js";
import { deskSettings, runCli } from "../../integration/cli/run-cli.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

const limits = { STAGE_CONCURRENCY: 2, JOB_ATTEMPTS: 1, JOB_LOCK_MS: 1000 };
const logger = pino({ level: "silent" });
const esc = String.fromCharCode(27);

// Nearly thirty processes, one after the other: here, not among the integration tests, because of the time that they take.
let database: TestDatabase;
let store: PostgresStore;
let settings: Record<string, string>;
const cli = (...args: string[]) => runCli(args, settings);

beforeAll(async () => {
  database = await createTestDatabase();
  settings = deskSettings(database.url);
  store = new PostgresStore({ url: database.url, name: "switchboard-test", onError: () => undefined, workers: 2 });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

test("queue ls, show, job, failed, retry, promote, drain, pause, resume: what is so, and exit codes", async () => {
  const producer = createProducer(store, limits);
  const items = [1, 2, 3].map((subjectId) => ({ subjectId, requestId: `r${subjectId}` }));
  await producer.enqueueAlone("deliver", items);
  const listed = await cli("queue", "ls", "--json");
  expect(listed.code, listed.stderr).toBe(0);
  const stages = listed.json<unknown[]>();
  expect(stages).toHaveLength(5);
  const none = { active: 0, delayed: 0, dead: 0, completed: null, paused: false, done_last_minute: null };
  expect(stages[3]).toEqual({ stage: "deliver", waiting: 3, oldest_waiting_ms: expect.any(Number), ...none });
  const table = await cli("queue", "ls");
  expect(table.stdout).toMatch(/deliver +│ +3 │/);
  expect(table.stdout).not.toContain(esc);
  expect(table.stderr).toContain("on Postgres done jobs are not kept");

  expect((await cli("queue", "pause", "deliver", "--json")).json()).toEqual({ stage: "deliver", paused: true });
  expect((await cli("queue", "ls")).stdout).toContain("deliver (paused)");
  expect((await cli("queue", "resume", "deliver")).code).toBe(0);

  const settingsOf = { ...stageSettings("deliver", limits), concurrency: 1 };
  const handler = async () => ({ kind: "retry" as const, error: new Error(`no luck ${esc}[31mtoday`) });
  const worker = new StageWorker({ store, stage: "deliver", settings: settingsOf, handler, logger, drainMs: 5000 });
  await worker.start();
  await until(async () => (await new QueueAdmin(store).countsOf("deliver")).dead === 3, "dead letters");
  await worker.stop();

  interface Failed {
    results: { id: string; stage: string; data: { subject_ids: number[] }; reason: string; stack: string[] }[];
    total: number;
    next: number | null;
  }
  const first = (await cli("queue", "failed", "--limit", "2", "--json")).json<Failed>();
  expect(first).toMatchObject({ total: 3, next: 2 });
  const second = (await cli("queue", "failed", "--limit", "2", "--cursor", "2", "--json")).json<Failed>();
  expect(second).toMatchObject({ total: 3, next: null });
  const dead = [...first.results, ...second.results];
  expect(dead.map((job) => job.data.subject_ids[0]).sort()).toEqual([1, 2, 3]);
  const [one] = dead;
  const shown = await cli("queue", "job", one?.id ?? "", "--stage", "deliver");
  expect(shown.stdout).toMatch(/state +│ dead/);
  expect(shown.stdout).toMatch(/try 1 failed:\n +Error: no luck +\[31mtoday\n +at /);
  expect(shown.stdout).not.toContain(esc);
  expect(
    (await cli("queue", "show", "deliver", "--json")).json<{ jobs: { dead: unknown[] } }>().jobs.dead,
  ).toHaveLength(3);

  const retried = await cli("queue", "retry", one?.id ?? "", "--stage", "deliver", "--json");
  expect(retried.json()).toEqual({ stage: "deliver", retried: 1 });
  expect((await cli("queue", "retry", one?.id ?? "", "--stage", "deliver")).code).toBe(1);
  expect((await cli("queue", "retry", "deliver", "--json")).json()).toEqual({ stage: "deliver", retried: 2 });
  expect((await cli("queue", "promote", "deliver", "--json")).json()).toEqual({ stage: "deliver", promoted: 0 });

  const unasked = await cli("queue", "drain", "deliver");
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toContain("--yes");
  const drained = await cli("queue", "drain", "deliver", "--yes", "--json");
  expect(drained.json()).toEqual({ stage: "deliver", removed: 3 });

  const watched = await cli("queue", "watch", "--times", "2", "--json");
  expect(watched.stdout.trim().split("\n")).toHaveLength(2);
  expect(watched.json<{ stages: unknown[] }>().stages).toHaveLength(5);
  const plain = await cli("queue", "watch", "--times", "1");
  expect(plain.stdout).toMatch(/Z score waiting=0 active=0 .*\| deliver waiting=0/);
  expect(plain.stdout).not.toContain(esc);

  expect((await cli("queue", "job", "999999")).code).toBe(1);
  expect((await cli("queue", "show", "nowhere")).code).toBe(2);
  expect((await cli("queue", "failed", "nowhere")).code).toBe(2);
  expect((await cli("queue")).code).toBe(2);
});
