import { withDeadline } from "./deadline.js";
import { troubleOf } from "./trouble.js";

/** One part of what a process needs, as it answered just now. */
export interface PartState {
  ok: boolean;
  latency_ms: number;
  /** What is wrong, in a sentence that names no address and no secret. */
  detail?: string;
}

/** How long a part may take to answer, ms. */
const deadlineMs = 1000;

/**
 * Asks one part and says how long it took. `look` rejects with what is wrong: the sentence is made of its kind; what it
 * said itself is for the log (`onFailure`), not for the caller.
 */
export async function askPart(
  name: string,
  look: (deadlineMs: number) => Promise<unknown>,
  onFailure: (error: unknown) => void,
): Promise<PartState> {
  const startedAt = performance.now();
  const latency = () => Math.round((performance.now() - startedAt) * 100) / 100;
  try {
    await withDeadline(look(deadlineMs), deadlineMs, name);
    return { ok: true, latency_ms: latency() };
  } catch (error) {
    onFailure(error);
    return { ok: false, latency_ms: latency(), detail: `The ${name} ${troubleOf(error).says}.` };
  }
}
