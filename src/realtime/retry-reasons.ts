/**
 * Of the clients that a relay sends away so many come back in a second. An upgrade costs a relay about a millisecond; at twice
 * as many its queue of handshakes (512) overflowed while it was starting, and those who fell out came back after 46 s.
 */
const backPerSecond = 500;
const shortestSpreadMs = 500;
const longestSpreadMs = 30_000;

/**
 * When each of `count` clients that are sent away with 1012 is to come back, as the close frame says it
 * (`retry_ms=<n>`): one in each of as many equal slices of time, at a random point of it, so that they come back evenly.
 */
export function retryReasons(count: number, random: () => number = Math.random): string[] {
  const spreadMs = Math.min(longestSpreadMs, Math.max(shortestSpreadMs, (count * 1000) / backPerSecond));
  const slices = Array.from({ length: count }, (_, index) => ((index + random()) / count) * spreadMs);
  // Who opened its socket first need not be the first to come back each time.
  for (let index = slices.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [slices[index], slices[other]] = [slices[other] ?? 0, slices[index] ?? 0];
  }
  return slices.map((ms) => `retry_ms=${Math.floor(ms)}`);
}
