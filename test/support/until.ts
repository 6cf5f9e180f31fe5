/** Resolves with the first value of `look` that is not false, null or undefined; throws after `timeoutMs`. */
export async function until<T>(
  look: () => T | Promise<T>,
  what: string,
  timeoutMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== false && value !== null && value !== undefined) return value as NonNullable<Exclude<T, false>>;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
