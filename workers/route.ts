import { routeTickets } from "../src/commands/route-tickets.js";
import type { WorkerContext } from "./score.js";
import type { StageProcessor } from "./stage.js";

/** Stage `route`: waiting tickets go into the queue of their topic. */
export function routeStage(ctx: WorkerContext): StageProcessor {
  return async ({ subjectIds, requestId, requestOf }) => routeTickets({ ...ctx, requestId, requestOf }, subjectIds);
}
