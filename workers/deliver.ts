import {
  type DeliveryOutcome,
  type PendingDelivery,
  readDeliveries,
  recordDelivery,
  recordSent,
} from "../src/commands/record-delivery.js";
import type { DeliveryChannel, DeliveryResult } from "../src/delivery/channel.js";
import type { WorkerContext } from "./score.js";
import type { StageProcessor } from "./stage.js";

const brokenRetryMs = 5000;

/**
 * Stage `deliver`: replies go out, each by its channel, one after the other. One that is to be tried again holds back
 * what comes after it in its conversation; the sweep takes those up when they are due. Each result is recorded before
 * the next attempt, so that a job that comes twice sends again only what it had not recorded. What a channel only takes
 * note of is recorded together.
 */
export function deliverStage(ctx: WorkerContext, channels: readonly DeliveryChannel[]): StageProcessor {
  const notes = new Set(channels.filter((channel) => channel.isNote).map((channel) => channel.name));
  return async ({ subjectIds, requestId, requestOf, signal }) => {
    const pending = await readDeliveries(ctx.db.kysely, subjectIds);
    const noted = pending.filter((delivery) => notes.has(delivery.channel)).map((delivery) => delivery.id);
    const sent = await recordSent({ ...ctx, requestId, requestOf }, noted);
    const held = new Set<number>();
    const settled = subjectIds.length - pending.length + noted.length - sent;
    const counts = { sent, failed: 0, held: 0, settled };
    for (const delivery of pending) {
      if (notes.has(delivery.channel)) continue;
      if (held.has(delivery.conversationId)) {
        counts.held++;
        continue;
      }
      const outcome = outcomeOf(await attempt(delivery, channels, signal));
      if (outcome.kind === "failed" && outcome.retryAt) held.add(delivery.conversationId);
      await recordDelivery({ ...ctx, requestId }, delivery.id, outcome);
      counts[outcome.kind]++;
    }
    return counts;
  };
}

async function attempt(
  delivery: PendingDelivery,
  channels: readonly DeliveryChannel[],
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const channel = channels.find((each) => each.name === delivery.channel);
  if (!channel) return { kind: "failed", error: `no channel ${delivery.channel}`, retryAfterMs: null };
  const { id, attempts, channel: _, ...reply } = delivery;
  try {
    return await channel.send({ ...reply, deliveryId: id, attempt: attempts + 1 }, signal);
  } catch (error) {
    return {
      kind: "failed",
      error: error instanceof Error ? error.message : String(error),
      retryAfterMs: brokenRetryMs,
    };
  }
}

function outcomeOf(result: DeliveryResult): DeliveryOutcome {
  if (result.kind === "sent") return result;
  const retryAt = result.retryAfterMs === null ? null : new Date(Date.now() + result.retryAfterMs);
  return { kind: "failed", error: result.error, retryAt };
}
