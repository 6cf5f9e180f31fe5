import { type ReadyView, readySchema } from "../../../contract/http/health.js";
import { endpoint } from "../../endpoint.js";
import { lookAtParts } from "../../parts.js";

/** Readiness: the database, the queue and the bus, each with its time. 503 when one is away. */
export const ready = endpoint({
  method: "get",
  path: "/readyz",
  tag: "System",
  summary: "Are database, queue and bus reachable",
  policy: "health.read",
  limit: "none",
  answers: {
    200: { description: "All are", schema: readySchema },
    503: { description: "One is not; the database's intake goes on without queue and bus", schema: readySchema },
  },
  refusals: [],
  run: async ({ deps }) => {
    const { database, queue, bus } = await lookAtParts(deps);
    const isReady = database.ok && queue.ok && bus.ok;
    const body: ReadyView = { status: isReady ? "ready" : "unavailable", database, queue, bus };
    return { status: isReady ? 200 : 503, body };
  },
});
