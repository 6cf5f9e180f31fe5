import type { Metrics } from "../runtime/metrics.js";
import type { Gate } from "./gate.js";

/** Registers how many runs each gate of a process lets go on, and how many wait before it. */
export function meterGates(
  metrics: Pick<Metrics, "gauge">,
  gates: Record<string, Pick<Gate, "running" | "waiting">>,
): void {
  metrics.gauge(
    { name: "switchboard_gate_runs", help: "Runs of what few may do at once", labels: ["gate", "state"] },
    (set) => {
      for (const [gate, { running, waiting }] of Object.entries(gates)) {
        set({ gate, state: "running" }, running);
        set({ gate, state: "waiting" }, waiting);
      }
    },
  );
}
