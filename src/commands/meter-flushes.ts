import type { Metrics } from "../runtime/metrics.js";

const words = {
  intake: {
    seconds: "Time of one shared transaction of customers' messages, its one repetition included",
    messages: "Messages of one shared transaction",
  },
  posts: {
    seconds: "Time of one shared transaction of what people say in threads",
    messages: "Messages of one shared transaction of what people say in threads",
  },
  replies: {
    seconds: "Time of one shared transaction of agents' replies",
    messages: "Replies of one shared transaction",
  },
  pulls: {
    seconds: "Time of one shared transaction of agents who pull",
    messages: "Agents filled in one shared transaction",
  },
} as const;

/** Told of a flush: messages in it, its time in seconds, and what it met (null: it is on disk). */
export type OnFlush = (messages: number, seconds: number, error: unknown) => void;

/** Registers the sizes and times of what gathers; what it returns is told of each flush. */
export function meterFlushes(metrics: Pick<Metrics, "histogram">, gathers: keyof typeof words): OnFlush {
  const times = metrics.histogram({
    name: `switchboard_${gathers}_flush_seconds`,
    help: words[gathers].seconds,
    labels: ["outcome"],
    buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const sizes = metrics.histogram({
    name: `switchboard_${gathers}_flush_messages`,
    help: words[gathers].messages,
    labels: ["outcome"],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
  });
  return (messages, seconds, error) => {
    const outcome = error === null ? "stored" : "failed";
    times.observe({ outcome }, seconds);
    sizes.observe({ outcome }, messages);
  };
}
