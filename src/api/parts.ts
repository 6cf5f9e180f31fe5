import { schemaFits } from "../db/schema-fits.js";
import { askPart, type PartState } from "../runtime/readiness.js";
import type { ApiDependencies } from "./dependencies.js";

/** The parts that an API process needs, each as it answers now. */
export async function lookAtParts(
  deps: Pick<ApiDependencies, "db" | "bus" | "pingQueue" | "tryStoring" | "logger">,
): Promise<Record<"database" | "queue" | "bus", PartState>> {
  const failed = (part: string) => (error: unknown) => deps.logger.warn({ err: error, part }, "not ready");
  const lookAtDatabase = async () => {
    // First what a flush met: whatever waits for the same lock may hold all connections by then.
    await deps.tryStoring?.();
    await schemaFits(deps.db);
  };
  const [database, queue, bus] = await Promise.all([
    askPart("database", lookAtDatabase, failed("database")),
    askPart("queue", (deadlineMs) => deps.pingQueue(deadlineMs), failed("queue")),
    askPart("bus", (deadlineMs) => deps.bus.ping(deadlineMs), failed("bus")),
  ]);
  return { database, queue, bus };
}
