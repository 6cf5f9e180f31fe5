import type { AttemptOutcome } from "../src/domain/delivery-rules.js";
import type { Metrics } from "../src/runtime/metrics.js";

/** Counts and times the attempts of a process. */
export interface DeliveryMetrics {
  observe(channel: "webhook" | "email", outcome: AttemptOutcome["kind"], seconds: number): void;
}

/** Registers the couriers' figures; once for each registry. The histogram's count is the count of attempts. */
export function createDeliveryMetrics(metrics: Pick<Metrics, "histogram">): DeliveryMetrics {
  const attempts = metrics.histogram({
    name: "switchboard_delivery_attempt_seconds",
    help: "Time of one attempt to deliver, by channel and outcome; refused: not to be tried again",
    labels: ["channel", "outcome"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  return { observe: (channel, outcome, seconds) => attempts.observe({ channel, outcome }, seconds) };
}
