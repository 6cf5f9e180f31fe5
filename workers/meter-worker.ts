import type { Bus } from "../src/bus/bus.js";
import type { Gate } from "../src/commands/gate.js";
import { meterGates } from "../src/commands/meter-gates.js";
import type { Database } from "../src/db/database.js";
import { meterDesk, meterPools } from "../src/db/meter-database.js";
import { meterDeliveries } from "../src/db/meter-deliveries.js";
import { schemaFits } from "../src/db/schema-fits.js";
import type { QueueAdmin } from "../src/queue/admin.js";
import { meterQueue } from "../src/queue/meter-queue.js";
import { meterSequencer } from "../src/queue/meter-sequencer.js";
import type { Sequencer } from "../src/queue/sequencer.js";
import type { Logger } from "../src/runtime/logger.js";
import { meterParts } from "../src/runtime/meter-parts.js";
import type { Metrics } from "../src/runtime/metrics.js";
import { askPart, type PartState } from "../src/runtime/readiness.js";

/** What a worker's figures are read from. */
export interface MeteredWorker {
  db: Database;
  bus: Pick<Bus, "ping">;
  admin: Pick<QueueAdmin, "ping" | "counts" | "oldestWaitingMs">;
  sequencer: Pick<Sequencer, "isLeader" | "progress">;
  fillGate: Pick<Gate, "running" | "waiting">;
  logger: Logger;
}

/** The parts that a worker needs, each as it answers now. */
export async function lookAtWorkersParts(
  worker: Pick<MeteredWorker, "db" | "bus" | "admin" | "logger">,
): Promise<Record<"database" | "queue" | "bus", PartState>> {
  const failed = (part: string) => (error: unknown) => worker.logger.debug({ err: error, part }, "not ready");
  const [database, queue, bus] = await Promise.all([
    askPart("database", () => schemaFits(worker.db), failed("database")),
    askPart("queue", (deadlineMs) => worker.admin.ping(deadlineMs), failed("queue")),
    askPart("bus", (deadlineMs) => worker.bus.ping(deadlineMs), failed("bus")),
  ]);
  return { database, queue, bus };
}

/** Registers all figures of a worker that are read when somebody looks. */
export function meterWorker(metrics: Pick<Metrics, "gauge">, worker: MeteredWorker): void {
  const { db, admin, sequencer, fillGate } = worker;
  meterPools(metrics, { main: db });
  meterDesk(metrics, db);
  meterDeliveries(metrics, db);
  meterQueue(metrics, admin);
  meterSequencer(metrics, sequencer);
  meterGates(metrics, { fill: fillGate });
  meterParts(metrics, () => lookAtWorkersParts(worker));
}
