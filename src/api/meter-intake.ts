import type { IntakeOptions } from "../commands/intake.js";
import type { Metrics } from "../runtime/metrics.js";

/** Registers the sizes and times of the intake's flushes; what it returns is told of each. */
export function meterIntake(metrics: Pick<Metrics, "histogram">): NonNullable<IntakeOptions["onFlush"]> {
  const times = metrics.histogram({
    name: "switchboard_intake_flush_seconds",
    help: "Time of one shared transaction of customers' messages, its one repetition included",
    labels: ["outcome"],
    buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const sizes = metrics.histogram({
    name: "switchboard_intake_flush_messages",
    help: "Messages of one shared transaction",
    labels: ["outcome"],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
  });
  return (messages, seconds, error) => {
    const outcome = error === null ? "stored" : "failed";
    times.observe({ outcome }, seconds);
    sizes.observe({ outcome }, messages);
  };
}
