import type { StageContext } from "../src/commands/context.js";
import { scoreMessages } from "../src/commands/score-messages.js";
import type { StageProcessor } from "./stage.js";

/** What every stage's command is given, but for the request, which each job brings. */
export type WorkerContext = Omit<StageContext, "requestId" | "requestOf">;

/** Stage `score`: messages get their urgency. */
export function scoreStage(ctx: WorkerContext): StageProcessor {
  return async ({ subjectIds, requestId, requestOf }) => scoreMessages({ ...ctx, requestId, requestOf }, subjectIds);
}
