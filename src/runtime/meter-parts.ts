import type { Metrics } from "./metrics.js";
import type { PartState } from "./readiness.js";

/** Registers whether what a process needs answers: 1, or 0. */
export function meterParts(metrics: Pick<Metrics, "gauge">, look: () => Promise<Record<string, PartState>>): void {
  metrics.gauge(
    {
      name: "switchboard_part_up",
      help: "1: database, queue or bus answer this process, as in /readyz",
      labels: ["part"],
    },
    async (set) => {
      for (const [part, { ok }] of Object.entries(await look())) set({ part }, ok ? 1 : 0);
    },
  );
}
