import { pino } from "pino";
import type { Stage } from "../../../src/contract/events.js";
import type { Database } from "../../../src/db/database.js";
import { QueueAdmin } from "../../../src/queue/admin.js";
import { createProducer, type StageProducer } from "../../../src/queue/stage-producer.js";
import { StageWorker } from "../../../src/queue/stage-worker.js";
import { stageSettings } from "../../../src/queue/stages.js";
import type { QueueStore } from "../../../src/queue/store.js";
import { createMetrics, type Metrics } from "../../../src/runtime/metrics.js";
import { DatabaseGate } from "../../../workers/database-gate.js";
import { runStage, type StageProcessor } from "../../../workers/stage.js";
import { createStageMetrics } from "../../../workers/stage-metrics.js";
import { limits, openTestStore, type StoreAddress } from "../queue/drivers.js";

/** A log line of a job, as far as tests read it. */
export type JobLine = {
  level: number;
  msg: string;
  stage: Stage;
  outcome: string;
  subjects: number;
  attempt?: number;
} & Record<string, unknown>;

/** One worker process's parts, in this process: a store, a producer, stages that are started one by one. */
export interface StageBench {
  store: QueueStore;
  producer: StageProducer;
  admin: QueueAdmin;
  metrics: Metrics;
  lines: JobLine[];
  start(stage: Stage, process: StageProcessor): Promise<StageWorker>;
  close(): Promise<void>;
}

export function openStageBench(address: StoreAddress, db: Database): StageBench {
  const store = openTestStore(address);
  const producer = createProducer(store, limits);
  const metrics = createMetrics("test");
  const lines: JobLine[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const tools = { logger, metrics: createStageMetrics(metrics), gate: new DatabaseGate(db), producer };
  const workers: StageWorker[] = [];
  return {
    store,
    producer,
    admin: new QueueAdmin(store),
    metrics,
    lines,
    async start(stage, process) {
      const handler = runStage(stage, process, tools);
      const settings = stageSettings(stage, limits);
      const worker = new StageWorker({ store, stage, settings, handler, logger, drainMs: 5000 });
      workers.push(worker);
      await worker.start();
      await worker.ready();
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await store.close();
    },
  };
}
