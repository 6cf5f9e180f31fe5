import type { Stage } from "../contract/events.js";

/** What a job is to be about. */
export interface QueueItem {
  /** Message, ticket or delivery id, as the stage has it (contract/jobs). */
  subjectId: number;
  requestId: string | null;
  /** 0 to 100; a more urgent one is worked first where the stage has priorities. */
  urgency?: number;
}

/**
 * Puts work on the queue. One item becomes a job of its own when it is quiet; up to 100 share one under load.
 * Rejects after a short deadline when the store is away: whoever calls tries again, consumers are idempotent.
 */
export interface Producer {
  enqueue(stage: Stage, items: readonly QueueItem[]): Promise<void>;
  close(): Promise<void>;
}
