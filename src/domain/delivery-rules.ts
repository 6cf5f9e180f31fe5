/** The first wait after a failure, ms; each further one is three times as long, a day at most. */
const firstWaitMs = 5000;
const longestWaitMs = 86_400_000;
/** After so many failures, or that long, what comes after it in its conversation goes on without it (DESIGN.md I5). */
export const parkAfterTries = 5;
export const parkAfterMs = 15 * 60_000;
/** After so many tries, some two and a half days, it is a dead letter. */
export const deadAfterTries = 12;

/**
 * How long a delivery waits after its `tries`-th failure (1, 2 …), ms: 5 s, 15 s, 45 s … a day, each between half of that
 * and all of it, so that what failed together does not come back together. A `Retry-After` is honoured up to a day.
 */
export function deliveryWaitMs(tries: number, random: number, retryAfterMs: number | null = null): number {
  const full = Math.min(longestWaitMs, firstWaitMs * 3 ** Math.min(20, Math.max(0, tries - 1)));
  const wait = Math.round(full * (0.5 + random / 2));
  return retryAfterMs === null ? wait : Math.min(longestWaitMs, Math.max(wait, retryAfterMs));
}

/** What an attempt came to, as a channel says it. */
export type AttemptOutcome =
  | { kind: "sent" }
  /** Worth another try; `retryAfterMs`: the other side says when. */
  | { kind: "failed"; error: string; retryAfterMs?: number | null }
  /** It stays refused however often it is tried. */
  | { kind: "refused"; error: string };

/** Where a delivery stands after an attempt. */
export type AfterAttempt =
  | { status: "sent" }
  | { status: "pending"; inMs: number; parked: boolean }
  | { status: "failed" };

/**
 * What is to be done after an attempt: the `tries`-th since it was asked for, `ageMs` after the first of them. It is parked
 * after five failures, and at once where its next attempt lies beyond the 15 minutes.
 */
export function afterAttempt(
  outcome: AttemptOutcome,
  { tries, ageMs, random }: { tries: number; ageMs: number; random: number },
): AfterAttempt {
  if (outcome.kind === "sent") return { status: "sent" };
  if (outcome.kind === "refused" || tries >= deadAfterTries) return { status: "failed" };
  const inMs = deliveryWaitMs(tries, random, outcome.retryAfterMs ?? null);
  return { status: "pending", inMs, parked: tries >= parkAfterTries || ageMs + inMs >= parkAfterMs };
}

/** Failures in a row, over all that goes there, after which a webhook is left in peace for a while. */
export const circuitOpensAfter = 5;
const circuitFirstMs = 5000;
const circuitLongestMs = 10 * 60_000;

/** How long a webhook whose circuit opens for the `opens`-th time in a row (1, 2 …) is left in peace, ms. */
export function circuitOpenMs(opens: number, random: number): number {
  const full = Math.min(circuitLongestMs, circuitFirstMs * 2 ** Math.min(20, Math.max(0, opens - 1)));
  return Math.round(full * (0.5 + random / 2));
}
