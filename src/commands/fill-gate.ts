import type { Settings } from "../runtime/settings.js";
import { Gate } from "./gate.js";

/**
 * The gate of a process's fills, by its settings: 32 that fight over the head of the index get half of what 8 get
 * (measured, FINDINGS.md).
 */
export function openFillGate(settings: Pick<Settings, "FILL_CONCURRENCY" | "FILL_QUEUE_MAX" | "FILL_WAIT_MS">): Gate {
  return new Gate({
    concurrency: settings.FILL_CONCURRENCY,
    queueMax: settings.FILL_QUEUE_MAX,
    waitMs: settings.FILL_WAIT_MS,
    refusal: "Too many agents ask for tickets at once, try again.",
  });
}
