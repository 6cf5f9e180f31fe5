import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { QueueAdmin } from "../../../src/queue/admin.js";
import { createProducer, type StageProducer } from "../../../src/queue/stage-producer.js";
import { StageWorker } from "../../../src/queue/stage-worker.js";
import { stageSettings } from "../../../src/queue/stages.js";
import { type QueueStore, storeDeadlineMs } from "../../../src/queue/store.js";
import { until } from "../../support/until.js";
import { drivers, limits, openTestStore, type StoreAddress } from "./drivers.js";
import { openTcpProxy, type TcpProxy } from "./tcp-proxy.js";

const logger = pino({ level: "silent" });
const items = (...ids: number[]) => ids.map((subjectId) => ({ subjectId, requestId: null }));

for (const driver of drivers) {
  describe.skipIf(!driver.available)(`queue store on ${driver.name}, away`, () => {
    let address: StoreAddress;
    let drop: () => Promise<void>;
    let proxy: TcpProxy;
    let store: QueueStore;
    let producer: StageProducer;
    let worker: StageWorker;
    let taken: number[];

    beforeAll(async () => {
      const made = await driver.make();
      drop = made.drop;
      const url = new URL(made.address.url);
      proxy = await openTcpProxy(url.hostname, Number(url.port));
      url.host = `127.0.0.1:${proxy.port}`;
      address = { ...made.address, url: url.href };
    });

    beforeEach(() => {
      proxy.mend();
      store = openTestStore(address);
      producer = createProducer(store, limits);
      taken = [];
      worker = new StageWorker({
        store,
        stage: "score",
        settings: stageSettings("score", limits),
        handler: async (job) => {
          taken.push(...job.subjectIds);
          return { kind: "done" };
        },
        logger,
        drainMs: 5000,
      });
    });

    afterEach(async () => {
      proxy.mend();
      await worker.stop();
      await store.close();
    });

    afterAll(async () => {
      await proxy.close();
      await drop();
    });

    /** Rejects, and soon: the deadlines of opening a queue and of adding to it, at most. */
    async function expectRefused(): Promise<void> {
      const started = performance.now();
      await expect(producer.enqueue("score", items(99))).rejects.toThrow();
      expect(performance.now() - started).toBeLessThan(2 * storeDeadlineMs);
    }

    it("may be away when all is started; what was refused meanwhile does not come later", async () => {
      proxy.cut();
      await worker.start();
      await expectRefused();
      await expectRefused();
      await expect(store.ping(500)).rejects.toThrow();
      proxy.mend();
      await worker.ready();
      await until(
        async () =>
          producer.enqueue("score", items(1)).then(
            () => true,
            () => false,
          ),
        "the store to take a job",
      );
      await until(() => taken.includes(1), "the job");
      expect(taken).not.toContain(99);
    });

    it("may go away while all works, and all goes on by itself", async () => {
      await worker.start();
      await worker.ready();
      await producer.enqueue("score", items(1));
      await until(() => taken.length === 1, "the first job");
      proxy.cut();
      await expectRefused();
      await until(() => proxy.refused() >= 3, "vain tries to connect");
      proxy.mend();
      await until(
        async () =>
          producer.enqueue("score", items(2)).then(
            () => true,
            () => false,
          ),
        "the store to take a job",
      );
      await until(() => taken.includes(2), "the job", 20_000);
      expect(taken).not.toContain(99);
      expect((await new QueueAdmin(store).countsOf("score")).dead).toBe(0);
    });

    it("may fall silent: whoever asks is not kept waiting", async () => {
      await producer.enqueue("score", items(3));
      proxy.hush();
      await expectRefused();
      await expect(store.ping(300)).rejects.toThrow();
      proxy.mend();
      await until(
        async () =>
          store.ping(1000).then(
            () => true,
            () => false,
          ),
        "an answer",
      );
    });
  });
}
