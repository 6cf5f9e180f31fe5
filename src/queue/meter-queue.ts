import { stages } from "../contract/events.js";
import type { Metrics } from "../runtime/metrics.js";
import { remembered } from "../runtime/remembered.js";
import type { QueueAdmin } from "./admin.js";

const rememberedMs = 1000;

/** Registers what the queue holds. Every process that does so tells the same: take the largest, never the sum. */
export function meterQueue(
  metrics: Pick<Metrics, "gauge">,
  admin: Pick<QueueAdmin, "counts" | "oldestWaitingMs">,
): void {
  metrics.gauge(
    {
      name: "switchboard_queue_jobs",
      help: "Jobs of a stage in the queue; dead: failed on every try",
      labels: ["stage", "state"],
    },
    async (set) => {
      const counts = await admin.counts();
      for (const stage of stages) {
        const { waiting, active, delayed, dead } = counts[stage];
        for (const [state, count] of Object.entries({ waiting, active, delayed, dead })) set({ stage, state }, count);
      }
    },
  );
  const ages = remembered(rememberedMs, () =>
    Promise.all(stages.map(async (stage) => [stage, (await admin.oldestWaitingMs(stage)) ?? 0] as const)),
  );
  metrics.gauge(
    {
      name: "switchboard_queue_oldest_waiting_seconds",
      help: "Age of the oldest job of a stage that waits for its first try; 0: none waits",
      labels: ["stage"],
    },
    async (set) => {
      for (const [stage, ms] of await ages()) set({ stage }, ms / 1000);
    },
  );
}
