import { assignWaiting } from "../src/commands/assign-waiting.js";
import type { Gate } from "../src/commands/gate.js";
import type { WorkerContext } from "./score.js";
import type { StageProcessor } from "./stage.js";

/**
 * Stage `assign`: waiting tickets go to agents who are online. Its job is about nothing in particular: one runs at a
 * time, and once more if it was asked for meanwhile.
 */
export function assignStage(ctx: WorkerContext, gate: Gate): StageProcessor {
  return async ({ requestId, signal }) => {
    const outcome = await assignWaiting({ ...ctx, gate, requestId }, signal);
    return outcome.assigned === 0 ? null : { ...outcome };
  };
}
