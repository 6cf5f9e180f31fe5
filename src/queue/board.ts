import type { BaseAdapter } from "@bull-board/api/baseAdapter";
import type { Queue } from "bullmq";
import { stages } from "../contract/events.js";
import type { QueueStore } from "./store.js";

/**
 * The stages as bull-board takes them, on either store. Rejects with StoreAwayError when the store is away: the queues
 * are open from then on, and whoever asks is answered or refused within the store's deadline.
 */
export async function boardQueues(store: QueueStore): Promise<BaseAdapter[]> {
  const { BullMQAdapter } = await import("@bull-board/api/bullMQAdapter");
  const queues = await Promise.all(stages.map((stage) => store.queue(stage)));
  return queues.map((queue) => new BullMQAdapter(queue as unknown as Queue));
}
