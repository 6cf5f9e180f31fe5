/** Thrown when something took longer than it was allowed to. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** The promise's value, or a DeadlineError naming `what` after `timeoutMs`. The work itself is not cancelled. */
export async function withDeadline<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`${what} took longer than ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Resolves when the work has ended, after `ms`, or when the signal aborts; no timer is left. Rejects as the work does. */
export async function waitAtMost(ms: number, work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
  const over = new AbortController();
  const patience = pause(ms, signal ? AbortSignal.any([signal, over.signal]) : over.signal);
  try {
    await Promise.race([work, patience]);
  } finally {
    over.abort();
  }
}
