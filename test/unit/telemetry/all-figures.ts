import { pino } from "pino";
import type { ApiDependencies } from "../../../src/api/dependencies.js";
import { addGauges } from "../../../src/api/gauges.js";
import { frame } from "../../../src/api/middleware/frame.js";
import { Gate } from "../../../src/commands/gate.js";
import { meterFlushes } from "../../../src/commands/meter-flushes.js";
import { openDatabase } from "../../../src/db/database.js";
import { meterBites } from "../../../src/queue/meter-sequencer.js";
import { createRelayMeter, meterRelay } from "../../../src/realtime/meter-relay.js";
import { createMetrics, type Metrics } from "../../../src/runtime/metrics.js";
import { createDeliveryMetrics } from "../../../workers/delivery-metrics.js";
import { meterWorker } from "../../../workers/meter-worker.js";
import { createStageMetrics } from "../../../workers/stage-metrics.js";

export type ProcessName = "api" | "worker" | "relay";

const logger = pino({ level: "silent" });
const answers = async () => undefined;
const noCounts = { waiting: 0, active: 0, delayed: 0, completed: 0, dead: 0 };

/** The metrics of each process as its main registers them, on a desk where nothing runs. */
export function allFigures(): Record<ProcessName, Metrics> {
  // Nothing connects before the first query, and nobody answers at this address.
  const db = openDatabase({ url: "postgres://127.0.0.1:1/none", name: "telemetry", poolMax: 2 });
  const gate = new Gate({ concurrency: 1, queueMax: 1, waitMs: 1, refusal: "" });
  const api = createMetrics("api");
  frame({ config: {}, logger, metrics: api } as unknown as ApiDependencies);
  meterFlushes(api, "intake");
  meterFlushes(api, "posts");
  meterFlushes(api, "replies");
  meterFlushes(api, "pulls");
  addGauges({
    metrics: api,
    db,
    intakeDb: db,
    intake: { waiting: 0, receive: () => Promise.reject(new Error("never")) },
    fillGate: gate,
    bus: { wake: () => undefined, ping: answers, publishEphemeral: answers, publishControl: answers },
    pingQueue: answers,
    logger,
  });
  const worker = createMetrics("worker");
  createStageMetrics(worker);
  createDeliveryMetrics(worker);
  meterBites(worker);
  meterWorker(worker, {
    db,
    bus: { ping: answers },
    admin: {
      ping: answers,
      counts: async () => ({
        score: noCounts,
        route: noCounts,
        assign: noCounts,
        deliver: noCounts,
        maintain: noCounts,
      }),
      oldestWaitingMs: async () => null,
    },
    sequencer: { isLeader: true, progress: { last: 3, published: 2, enqueued: 1 } },
    fillGate: gate,
    logger,
  });
  const relay = createMetrics("relay");
  createRelayMeter(relay);
  meterFlushes(relay, "posts");
  const none = { framesSent: 0, bytesSent: 0, framesReceived: 0 };
  meterRelay(relay, {
    relay: { socketCount: 0, streamCount: 0, traffic: () => none, buffered: () => ({ all: 0, slowest: 0 }) },
    db,
    look: async () => ({ database: { ok: true, latency_ms: 1 } }),
    followed: () => 0,
  });
  return { api, worker, relay };
}

export interface Figure {
  name: string;
  kind: string;
  processes: ProcessName[];
}

/** Every figure of the house's own, with its kind and the processes that serve it. */
export async function figuresOf(all: Record<ProcessName, Metrics>): Promise<Map<string, Figure>> {
  const figures = new Map<string, Figure>();
  for (const process of ["api", "worker", "relay"] as const) {
    for (const { name, type } of await all[process].values()) {
      const figure = figures.get(name) ?? { name, kind: String(type), processes: [] };
      figure.processes.push(process);
      figures.set(name, figure);
    }
  }
  return figures;
}
