import type { QueueTopics } from "../db/queries/queues-lock.js";
import { Refusal } from "../domain/errors.js";

/** A topic is one queue's only. Throws `topic_taken` for one that another queue has, with that queue. */
export function requireFreeTopics(queues: readonly QueueTopics[], name: string, topics: readonly string[]): void {
  for (const queue of queues) {
    const topic = queue.name === name ? undefined : topics.find((one) => queue.topics.includes(one));
    if (topic !== undefined) {
      throw new Refusal("topic_taken", `The queue ${queue.name} has this topic.`, { topic, queue: queue.name });
    }
  }
}
