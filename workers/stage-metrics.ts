import type { Stage } from "../src/contract/events.js";
import type { Metrics } from "../src/runtime/metrics.js";

/** What became of a job, as it is counted and logged. */
export type JobOutcome = "done" | "stale" | "split" | "retried" | "dead" | "returned";

/** Counts and times the jobs of a process. */
export interface StageMetrics {
  observe(stage: Stage, outcome: JobOutcome, seconds: number, subjects: number): void;
}

/** Registers the stages' figures; once for each registry. Each histogram's count is the count of jobs. */
export function createStageMetrics(metrics: Pick<Metrics, "histogram">): StageMetrics {
  const labels = ["stage", "outcome"] as const;
  const duration = metrics.histogram({
    name: "switchboard_job_duration_seconds",
    help: "Time that a job took, waiting for the database included",
    labels,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const size = metrics.histogram({
    name: "switchboard_job_subjects",
    help: "Messages, tickets or deliveries that a job carried",
    labels,
    buckets: [0, 1, 2, 5, 10, 25, 50, 100],
  });
  return {
    observe(stage, outcome, seconds, subjects) {
      duration.observe({ stage, outcome }, seconds);
      size.observe({ stage, outcome }, subjects);
    },
  };
}
