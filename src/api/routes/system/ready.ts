import { type ReadyView, readySchema } from "../../../contract/http/health.js";
import { withDeadline } from "../../../runtime/deadline.js";
import { endpoint } from "../../endpoint.js";

/** How long a part may take to answer, ms. */
const deadlineMs = 1000;

/** Asks one part and says how long it took; what it said when it failed is for the log, not for the caller. */
async function ask(name: string, look: () => Promise<unknown>, onFailure: (error: unknown) => void) {
  const startedAt = performance.now();
  const latency = () => Math.round((performance.now() - startedAt) * 100) / 100;
  try {
    await withDeadline(look(), deadlineMs, name);
    return { ok: true, latency_ms: latency() };
  } catch (error) {
    onFailure(error);
    return { ok: false, latency_ms: latency(), detail: `The ${name} does not answer.` };
  }
}

/** Readiness: the database, the queue and the bus, each with its time. 503 when one is away. */
export const ready = endpoint({
  method: "get",
  path: "/readyz",
  tag: "System",
  summary: "Are database, queue and bus reachable",
  policy: "health.read",
  answers: {
    200: { description: "All are", schema: readySchema },
    503: { description: "One is not; the database's intake goes on without queue and bus", schema: readySchema },
  },
  refusals: [],
  run: async ({ deps }) => {
    const failed = (part: string) => (error: unknown) => deps.logger.warn({ err: error, part }, "not ready");
    const [database, queue, bus] = await Promise.all([
      ask("database", () => deps.db.pool.query("SELECT 1"), failed("database")),
      ask("queue", () => deps.pingQueue(deadlineMs), failed("queue")),
      ask("bus", () => deps.bus.ping(deadlineMs), failed("bus")),
    ]);
    const isReady = database.ok && queue.ok && bus.ok;
    const body: ReadyView = { status: isReady ? "ready" : "unavailable", database, queue, bus };
    return { status: isReady ? 200 : 503, body };
  },
});
