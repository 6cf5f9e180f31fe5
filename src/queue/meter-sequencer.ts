import type { Metrics } from "../runtime/metrics.js";
import type { Sequencer } from "./sequencer.js";

/** Told of each bite of a leader. */
export type OnBite = (events: number, seconds: number) => void;

/** Registers the times and sizes of bites; what it returns is called after each. */
export function meterBites(metrics: Pick<Metrics, "histogram">): OnBite {
  const times = metrics.histogram({
    name: "switchboard_sequencer_bite_seconds",
    help: "Time of one bite: events leave the outbox and enter the log",
    labels: [],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });
  const sizes = metrics.histogram({
    name: "switchboard_sequencer_bite_events",
    help: "Events that one bite took; 0: the outbox was empty",
    labels: [],
    buckets: [0, 1, 2, 5, 10, 25, 50, 100, 250, 500],
  });
  return (events, seconds) => {
    times.observe({}, seconds);
    sizes.observe({}, events);
  };
}

/** Registers who leads, and where the leader stands. */
export function meterSequencer(
  metrics: Pick<Metrics, "gauge">,
  sequencer: Pick<Sequencer, "isLeader" | "progress">,
): void {
  metrics.gauge(
    { name: "switchboard_sequencer_leads", help: "1: this worker's sequencer leads; one does at a time", labels: [] },
    (set) => set({}, sequencer.isLeader ? 1 : 0),
  );
  metrics.gauge(
    {
      name: "switchboard_sequencer_position",
      help: "Place in the log that the leader gave last, and up to which it published and enqueued",
      labels: ["of"],
    },
    (set) => {
      for (const [of, seq] of Object.entries(sequencer.progress ?? {})) set({ of }, seq);
    },
  );
}
