import { availableParallelism } from "node:os";
import { hashPassword, isOutdated, verifyPassword } from "../runtime/passwords.js";
import { Gate } from "./gate.js";

/**
 * Hashes under way at once in a process: each has a core and 32 MiB for some 200 ms. Half of the cores, so that a storm of
 * sign-ins leaves the rest of the process its turn, and one of Node's four threads always free.
 */
const concurrency = Math.min(3, Math.max(1, Math.floor(availableParallelism() / 2)));
const queueMax = 64;
const waitMs = 20_000;

/** One for the process: whoever hashes a password does it here. */
const gate = new Gate({ concurrency, queueMax, waitMs, refusal: "Too many people sign in at once, try again." });

/** The gate itself, for the figures. */
export const passwordGate: Pick<Gate, "running" | "waiting"> = gate;

/** A password's hash, when its turn comes. Throws `overloaded` when too many wait. */
export function hashGated(password: string): Promise<string> {
  return gate.run(() => hashPassword(password));
}

/**
 * Whether the password fits, when its turn comes; without a hash it takes as long and says no. `outdated`: it fits, and
 * its hash should be made anew. Throws `overloaded` when too many wait.
 */
export async function verifyGated(
  password: string,
  stored: string | null,
): Promise<{ fits: boolean; outdated: boolean }> {
  const fits = await gate.run(() => verifyPassword(password, stored));
  return { fits, outdated: fits && stored !== null && isOutdated(stored) };
}
