import type { SequencedEvent, Stage } from "../contract/events.js";
import type { Producer, QueueItem } from "./producer.js";

/** Enqueues the jobs that events cause, stage by stage, each stage's in `seq` order. */
export async function enqueueEvents(producer: Producer, events: readonly SequencedEvent[]): Promise<void> {
  const byStage = new Map<Stage, QueueItem[]>();
  for (const event of events) {
    if (event.stage === null || event.subject_id === null) continue;
    const items = byStage.get(event.stage) ?? [];
    items.push({ subjectId: event.subject_id, requestId: event.request_id, ...urgencyOf(event) });
    byStage.set(event.stage, items);
  }
  for (const [stage, items] of byStage) await producer.enqueue(stage, items);
}

function urgencyOf(event: SequencedEvent): { urgency?: number } {
  const urgency = event.payload.urgency;
  if (typeof urgency !== "object" || urgency === null || !("score" in urgency)) return {};
  return typeof urgency.score === "number" ? { urgency: urgency.score } : {};
}
