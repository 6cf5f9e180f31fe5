import { type RouteOptions, routeReplies } from "../src/commands/route-replies.js";
import type { Courier } from "./courier.js";
import type { WorkerContext } from "./score.js";
import type { StageProcessor } from "./stage.js";

/**
 * Stage `deliver`: for each reply its way to the customer is chosen, and the courier is told that there is something to
 * take. It makes the calls: a job never waits for somebody else's server. Twice is harmless: what was routed is passed by.
 */
export function deliverStage(ctx: WorkerContext, route: RouteOptions, courier: Pick<Courier, "wake">): StageProcessor {
  return async ({ subjectIds, requestId, requestOf }) => {
    const counts = await routeReplies({ ...ctx, requestId, requestOf }, subjectIds, route);
    if (counts.webhook + counts.email > 0) courier.wake();
    return { ...counts, settled: subjectIds.length - counts.socket - counts.webhook - counts.email };
  };
}
