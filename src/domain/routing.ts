/** The queue where everything waits that no other queue asks for. */
export const generalQueue = "general";

/** The queue that serves a topic: the first by name that lists it, else `general`. */
export function queueFor(topic: string | null, queues: readonly { name: string; topics: readonly string[] }[]): string {
  if (topic === null) return generalQueue;
  const serving = queues.filter((queue) => queue.topics.includes(topic)).map((queue) => queue.name);
  return serving.sort()[0] ?? generalQueue;
}
