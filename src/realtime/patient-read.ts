import { pause } from "../runtime/deadline.js";

/** Nothing came of it: it was given up, or the log stayed away for too long. */
export type Unread = "given up" | "away";

/** What `read` gives, tried again with longer and longer waits for `timeoutMs`, as long as somebody wants it. */
export async function patientRead<T>(
  read: () => Promise<T>,
  { timeoutMs, isWanted }: { timeoutMs: number; isWanted: () => boolean },
): Promise<{ value: T } | Unread> {
  const end = Date.now() + timeoutMs;
  for (let waitMs = 50; isWanted(); waitMs = Math.min(waitMs * 2, 1000)) {
    try {
      const value = await read();
      return isWanted() ? { value } : "given up";
    } catch {
      if (Date.now() + waitMs > end) return "away";
      await pause(waitMs);
    }
  }
  return "given up";
}
