import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Stage } from "../../../src/contract/events.js";
import { QueueAdmin } from "../../../src/queue/admin.js";
import { QueueJobs } from "../../../src/queue/jobs.js";
import { createProducer, type StageProducer } from "../../../src/queue/stage-producer.js";
import { type JobFate, type JobHandler, StageWorker } from "../../../src/queue/stage-worker.js";
import { stageSettings } from "../../../src/queue/stages.js";
import type { QueueStore } from "../../../src/queue/store.js";
import { until } from "../../support/until.js";
import { drivers, limits, openTestStore } from "./drivers.js";

const logger = pino({ level: "silent" });
const done: JobFate = { kind: "done" };

describe.each(drivers.filter((driver) => driver.available))("jobs on $name", (driver) => {
  let drop: () => Promise<void>;
  let store: QueueStore;
  let producer: StageProducer;
  let admin: QueueAdmin;
  let jobs: QueueJobs;
  const workers: StageWorker[] = [];

  beforeAll(async () => {
    const made = await driver.make();
    drop = made.drop;
    store = openTestStore(made.address);
    producer = createProducer(store, limits);
    admin = new QueueAdmin(store);
    jobs = new QueueJobs(store);
  });
  const stopWorkers = () => Promise.all(workers.splice(0).map((worker) => worker.stop()));
  afterEach(stopWorkers);
  afterAll(async () => {
    await store.close();
    await drop();
  });

  async function work(stage: Stage, handler: JobHandler): Promise<void> {
    const settings = { ...stageSettings(stage, limits), concurrency: 1 };
    const worker = new StageWorker({ store, stage, settings, handler, logger, drainMs: 5000 });
    workers.push(worker);
    await worker.start();
    await worker.ready();
  }
  const items = (...ids: number[]) => ids.map((subjectId) => ({ subjectId, requestId: `r${subjectId}` }));
  const subjects = (found: readonly { subjectIds: number[] }[]) => found.map((job) => job.subjectIds[0]);

  it("lists what waits in the order of its turn, page by page, paused or not", async () => {
    await producer.enqueueAlone("score", items(1, 2, 3, 4, 5));
    expect(subjects(await jobs.list("score", "waiting", 0, 3))).toEqual([1, 2, 3]);
    expect(subjects(await jobs.list("score", "waiting", 3, 3))).toEqual([4, 5]);
    expect(await jobs.list("score", "waiting", 5, 3)).toEqual([]);
    expect(await jobs.isPaused("score")).toBe(false);
    await admin.pause("score");
    expect(await jobs.isPaused("score")).toBe(true);
    expect(subjects(await jobs.list("score", "waiting", 0, 9))).toEqual([1, 2, 3, 4, 5]);
    await admin.resume("score");
    const urgent = [10, 95, 50].map((urgency) => ({ subjectId: urgency, requestId: null, urgency }));
    await producer.enqueueAlone("route", urgent);
    expect(subjects(await jobs.list("route", "waiting", 0, 2))).toEqual([95, 50]);
    expect(subjects(await jobs.list("route", "waiting", 2, 2))).toEqual([10]);
  });

  it("drains what waits and nothing else; a stage of one job takes another one after it", async () => {
    await jobs.drain("score", false);
    expect((await admin.countsOf("score")).waiting).toBe(0);
    for (const stage of ["assign", "maintain"] as const) {
      await producer.enqueue(stage, items(0));
      await jobs.drain(stage, false);
      expect((await admin.countsOf(stage)).waiting).toBe(0);
      await producer.enqueue(stage, items(0));
      expect((await admin.countsOf(stage)).waiting).toBe(1);
    }
  });

  it("shows who works a job, and that its lock runs", async () => {
    let finish: ((fate: JobFate) => void) | undefined;
    await work("score", () => new Promise((resolve) => (finish = resolve)));
    await producer.enqueue("score", items(77));
    const [active] = await until(async () => {
      const found = await jobs.list("score", "active", 0, 1);
      return found.length > 0 && finish ? found : null;
    }, "an active job");
    const [job] = await jobs.find(active?.id ?? "", ["score"]);
    expect(job).toMatchObject({
      stage: "score",
      state: "active",
      subjectIds: [77],
      requestIds: ["r77"],
      attemptsMax: 3,
    });
    expect(job?.workedBy).toMatch(new RegExp(`^switchboard-test@.+:${process.pid}$`));
    expect(job?.lock?.token).toMatch(/\S{10,}/);
    expect(job?.lock?.endsInMs).toBeGreaterThan(-1);
    expect(job?.lock?.endsInMs).toBeLessThanOrEqual(limits.JOB_LOCK_MS);
    expect(job?.begunAt?.getTime()).toBeGreaterThanOrEqual(job?.addedAt.getTime() ?? Number.POSITIVE_INFINITY);
    finish?.(done);
    await until(async () => (await admin.countsOf("score")).active === 0, "its end");
    expect(await store.lockOf("score", active?.id ?? "")).toBe(null);
  });

  it("tells what was done in the last minute, where done jobs are kept", async () => {
    await work("score", async () => done);
    await producer.enqueueAlone("score", items(1, 2, 3, 4));
    await until(async () => {
      const { waiting, active } = await admin.countsOf("score");
      return waiting + active === 0;
    }, "all done");
    // Four, and the one of the test before.
    const told = store.keptCompleted === 0 ? null : { count: 5, atLeast: false };
    expect(await jobs.doneLastMinute("score")).toEqual(told);
  });

  it("keeps the stack of each failed try; one dead job is given all its tries again, the other stays", async () => {
    let mended = false;
    const attempts: number[] = [];
    await work("deliver", async (job) => {
      if (mended) attempts.push(job.attempt);
      return mended && job.attempt === 2 ? done : { kind: "retry", error: new Error(`no luck with ${job.subjectIds}`) };
    });
    await producer.enqueueAlone("deliver", items(8, 9));
    await until(async () => (await admin.countsOf("deliver")).dead === 2, "two dead letters", 20_000);
    const dead = await jobs.list("deliver", "dead", 0, 10);
    const eight = dead.find((job) => job.subjectIds[0] === 8);
    expect(eight).toMatchObject({ state: "dead", attempts: 3, attemptsMax: 3, reason: "no luck with 8", lock: null });
    expect(eight?.stack).toHaveLength(3);
    expect(eight?.stack[0]).toMatch(/^Error: no luck with 8\n\s+at /);
    expect(subjects(await jobs.list("deliver", "dead", 1, 10))).toHaveLength(1);
    mended = true;
    await jobs.retry("deliver", eight?.id ?? "");
    await until(() => attempts.includes(2), "its second try");
    expect(attempts).toEqual([1, 2]);
    expect(subjects(await jobs.list("deliver", "dead", 0, 10))).toEqual([9]);
    for (const id of [eight?.id ?? "", "no-such-job"]) await expect(jobs.retry("deliver", id)).rejects.toThrow();
  });

  it("lets what is delayed begin now, one and all", async () => {
    const seen: number[] = [];
    let later = true;
    await work("deliver", async (job) => {
      if (later) return { kind: "later", delayMs: 3_600_000 };
      seen.push(job.subjectIds[0] ?? 0);
      return done;
    });
    await producer.enqueueAlone("deliver", items(21, 22, 23));
    await until(async () => (await admin.countsOf("deliver")).delayed === 3, "three delayed");
    later = false;
    const [first] = await jobs.list("deliver", "delayed", 0, 10);
    await jobs.promote("deliver", first?.id ?? "");
    await until(() => seen.length === 1, "the one");
    expect(seen).toEqual(first?.subjectIds);
    await jobs.promoteAll("deliver");
    await until(() => seen.length === 3, "all");
  });

  it("finds a job of an id in every stage that has one, and nothing for an id that nobody has", async () => {
    await stopWorkers();
    await producer.enqueue("deliver", items(31));
    const [waiting] = await jobs.list("deliver", "waiting", 0, 1);
    const found = await jobs.find(waiting?.id ?? "");
    expect(found.find((job) => job.stage === "deliver")).toMatchObject({ subjectIds: [31], state: "waiting" });
    expect(await jobs.find("no-such-job")).toEqual([]);
  });
});
