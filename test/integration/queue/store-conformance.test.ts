import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Stage } from "../../../src/contract/events.js";
import { QueueAdmin } from "../../../src/queue/admin.js";
import { createProducer, type StageProducer } from "../../../src/queue/stage-producer.js";
import { type JobFate, type JobHandler, StageWorker, type TakenJob } from "../../../src/queue/stage-worker.js";
import { stageSettings } from "../../../src/queue/stages.js";
import type { QueueStore } from "../../../src/queue/store.js";
import { until } from "../../support/until.js";
import { drivers, limits, openTestStore, type StoreAddress } from "./drivers.js";

const logger = pino({ level: "silent" });
const done: JobFate = { kind: "done" };

for (const driver of drivers) {
  describe.skipIf(!driver.available)(`queue store on ${driver.name}`, () => {
    let address: StoreAddress;
    let drop: () => Promise<void>;
    let store: QueueStore;
    let producer: StageProducer;
    let admin: QueueAdmin;
    const workers: StageWorker[] = [];
    let child: ChildProcess | null = null;

    beforeAll(async () => {
      ({ address, drop } = await driver.make());
      store = openTestStore(address);
      producer = createProducer(store, limits);
      admin = new QueueAdmin(store);
    });

    afterEach(async () => {
      child?.kill("SIGKILL");
      child = null;
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    });

    afterAll(async () => {
      await store?.close();
      await drop?.();
    });

    async function work(stage: Stage, handler: JobHandler, concurrency = 2): Promise<StageWorker> {
      const settings = { ...stageSettings(stage, limits), concurrency };
      const worker = new StageWorker({ store, stage, settings, handler, logger, drainMs: 5000 });
      workers.push(worker);
      await worker.start();
      await worker.ready();
      return worker;
    }

    const items = (...ids: number[]) => ids.map((subjectId) => ({ subjectId, requestId: `r${subjectId}` }));

    it("hands over what was enqueued, with the requests that caused it", async () => {
      const taken: TakenJob[] = [];
      await producer.enqueue("score", items(1));
      await producer.enqueue("score", items(2, 3));
      await producer.enqueue("score", items(...Array.from({ length: 250 }, (_, index) => 1000 + index)));
      await work("score", async (job) => {
        taken.push(job);
        return done;
      });
      await until(() => taken.flatMap((job) => job.subjectIds).length === 253, "all subjects");
      // Two are worked on at once: which of the two is heard of first is open.
      expect(taken.map((job) => job.subjectIds.length).sort((one, other) => one - other)).toEqual([1, 2, 50, 100, 100]);
      expect(taken.find((job) => job.subjectIds.includes(1))).toMatchObject({
        stage: "score",
        subjectIds: [1],
        requestIds: ["r1"],
        attempt: 1,
        attempts: 3,
      });
      await until(async () => (await admin.countsOf("score")).active === 0, "nothing active");
      expect(await admin.countsOf("score")).toMatchObject({
        waiting: 0,
        delayed: 0,
        dead: 0,
        completed: Math.min(5, store.keptCompleted),
      });
    });

    it("tries again after a pause, and keeps what failed every time as a dead letter", async () => {
      const tries: { id: number; attempt: number; at: number }[] = [];
      await producer.enqueueAlone("deliver", items(10, 11));
      await work("deliver", async (job) => {
        const id = job.subjectIds[0] ?? 0;
        tries.push({ id, attempt: job.attempt, at: Date.now() });
        if (id === 11 && job.attempt === 2) return done;
        return { kind: "retry", error: new Error(`no luck with ${id}`) };
      });
      await until(async () => (await admin.countsOf("deliver")).dead === 1, "a dead letter");
      const ofTen = tries.filter((each) => each.id === 10);
      expect(ofTen.map((each) => each.attempt)).toEqual([1, 2, 3]);
      const [first, second, third] = ofTen.map((each) => each.at);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(250);
      expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(500);
      expect(tries.filter((each) => each.id === 11).map((each) => each.attempt)).toEqual([1, 2]);
      expect(await admin.deadLetters("deliver", 10)).toMatchObject([
        { stage: "deliver", subjectIds: [10], reason: "no luck with 10", attempts: 3 },
      ]);
      expect(await admin.knownSubjects("deliver")).toEqual([10]);
    });

    it("makes a dead letter at once of what is dead, and gives it its tries again when asked", async () => {
      let mended = false;
      const attempts: number[] = [];
      await work("deliver", async (job) => {
        if (job.subjectIds[0] !== 20) return done;
        attempts.push(job.attempt);
        return mended ? done : { kind: "dead", error: new Error("never") };
      });
      await producer.enqueue("deliver", items(20));
      const isDead = async () => (await admin.deadLetters("deliver", 10)).some((each) => each.subjectIds[0] === 20);
      await until(isDead, "the dead letter");
      expect(attempts).toEqual([1]);
      mended = true;
      await admin.retryDead("deliver");
      await until(() => attempts.length === 2, "its second life");
      await until(async () => (await admin.countsOf("deliver")).dead === 0, "no dead letters");
    });

    it("gives a job back without counting, and takes it up after the delay", async () => {
      const seen: { attempt: number; at: number }[] = [];
      await work("deliver", async (job) => {
        seen.push({ attempt: job.attempt, at: Date.now() });
        return seen.length < 6 ? { kind: "later", delayMs: 50 } : done;
      });
      await producer.enqueue("deliver", items(30));
      await until(() => seen.length === 6, "six looks, though it has three tries");
      expect(seen.map((each) => each.attempt)).toEqual([1, 1, 1, 1, 1, 1]);
      for (const [index, each] of seen.slice(1).entries()) {
        expect(each.at - (seen[index]?.at ?? 0)).toBeGreaterThanOrEqual(50);
      }
    });

    it("works the urgent first", async () => {
      const urgencies = [10, 50, 95, 70, 30];
      await producer.enqueueAlone(
        "route",
        urgencies.map((urgency) => ({ subjectId: urgency, requestId: null, urgency })),
      );
      const order: number[] = [];
      await work(
        "route",
        async (job) => {
          order.push(...job.subjectIds);
          return done;
        },
        1,
      );
      await until(() => order.length === 5, "all five");
      expect(order).toEqual([95, 70, 50, 30, 10]);
    });

    it("knows the age of what waits longest, in any line", async () => {
      expect(await admin.oldestWaitingMs("route")).toBeNull();
      const queue = await store.queue("route");
      const job = (id: number) => ({ subject_ids: [id], request_ids: [""] });
      const now = Date.now();
      await queue.add("route", job(1), { priority: 1, timestamp: now - 1000 });
      await queue.add("route", job(2), { priority: 4, timestamp: now - 60_000 });
      await queue.add("route", job(3), { priority: 4, timestamp: now - 2000 });
      await queue.add("route", job(4), { priority: 5, timestamp: now - 3000 });
      const prioritised = (await admin.oldestWaitingMs("route")) ?? 0;
      expect(prioritised).toBeGreaterThanOrEqual(60_000);
      expect(prioritised).toBeLessThan(120_000);
      await queue.add("route", job(5), { timestamp: now - 300_000 });
      await queue.add("route", job(6), { timestamp: now - 1000 });
      expect(await admin.oldestWaitingMs("route")).toBeGreaterThanOrEqual(300_000);
      const order: number[] = [];
      await work("route", async (taken) => {
        order.push(...taken.subjectIds);
        return done;
      });
      await until(() => order.length === 6, "the line to be empty");
      await until(async () => (await admin.oldestWaitingMs("route")) === null, "nothing waiting");
    });

    it("runs a deduplicated stage once more when it is asked while it runs", async () => {
      const ends: (() => void)[] = [];
      const worker = await work("assign", () => new Promise<JobFate>((resolve) => ends.push(() => resolve(done))), 4);
      await producer.enqueue("assign", items(1));
      await until(() => ends.length === 1, "the first run");
      for (let n = 0; n < 5; n++) await producer.enqueue("assign", items(1));
      expect(ends.length).toBe(1);
      expect((await admin.countsOf("assign")).waiting).toBe(0);
      ends[0]?.();
      await until(() => ends.length === 2, "the run that was asked for meanwhile");
      ends[1]?.();
      await until(async () => (await admin.countsOf("assign")).active === 0, "the end");
      expect(ends.length).toBe(2);
      await worker.stop();
      for (let n = 0; n < 5; n++) await producer.enqueue("assign", items(1));
      expect((await admin.countsOf("assign")).waiting).toBe(1);
    });

    it("adds a job id once", async () => {
      const queue = await store.queue("score");
      const data = { subject_ids: [40], request_ids: [""] };
      await queue.add("score", data, { jobId: "same-id" });
      await queue.add("score", data, { jobId: "same-id" });
      expect((await admin.countsOf("score")).waiting).toBe(1);
      const taken: number[] = [];
      await work("score", async (job) => {
        taken.push(...job.subjectIds);
        return done;
      });
      await until(() => taken.length > 0, "the job");
      await until(async () => (await admin.countsOf("score")).active === 0, "its end");
      expect((await admin.countsOf("score")).waiting).toBe(0);
      expect(taken).toEqual([40]);
    });

    it("begins nothing while a stage is paused, and counts and dates what waits meanwhile", async () => {
      const taken: number[] = [];
      await work("deliver", async (job) => {
        taken.push(...job.subjectIds);
        return done;
      });
      await admin.pause("deliver");
      const since = new Date(Date.now() - 60_000);
      await producer.enqueue("deliver", [{ subjectId: 70, requestId: null, since }]);
      expect((await admin.countsOf("deliver")).waiting).toBe(1);
      expect(await admin.oldestWaitingMs("deliver")).toBeGreaterThanOrEqual(60_000);
      expect(taken).toEqual([]);
      await admin.resume("deliver");
      await until(() => taken.length === 1, "the job");
    });

    it("gives a job to another worker when its own was killed", async () => {
      const started = fork(fileURLToPath(new URL("hanging-worker.mjs", import.meta.url)), [
        JSON.stringify({ address, limits }),
      ]);
      child = started;
      const took: number[][] = [];
      started.on("message", (message: { took: number[] }) => took.push(message.took));
      await producer.enqueue("score", items(50));
      await until(() => took.length === 1, "the other process to take it");
      const recovered: TakenJob[] = [];
      await work("score", async (job) => {
        recovered.push(job);
        return done;
      });
      started.kill("SIGKILL");
      await until(() => recovered.length === 1, "the job", 20_000);
      expect(recovered[0]).toMatchObject({ subjectIds: [50], stalled: 1 });
      await until(async () => (await admin.countsOf("score")).active === 0, "nothing active");
    });

    it("waits for jobs under way when it stops, and takes no further ones", async () => {
      const begun: number[] = [];
      const ends: (() => void)[] = [];
      const worker = await work(
        "score",
        (job) =>
          new Promise<JobFate>((resolve) => {
            begun.push(...job.subjectIds);
            ends.push(() => resolve(done));
          }),
        1,
      );
      await producer.enqueueAlone("score", items(60, 61));
      await until(() => begun.length === 1, "the first one");
      let stopped = false;
      const stop = worker.stop().then(() => {
        stopped = true;
      });
      expect(stopped).toBe(false);
      ends[0]?.();
      await stop;
      expect(begun.length).toBe(1);
      expect(await admin.countsOf("score")).toMatchObject({ waiting: 1, active: 0 });
    });

    it("has a marker once it is set", async () => {
      expect(await admin.hasMarker()).toBe(false);
      await admin.setMarker();
      expect(await admin.hasMarker()).toBe(true);
      await admin.ping(1000);
    });
  });
}
