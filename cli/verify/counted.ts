/** Counts in one line, by their words: `kill redis 3, kill the relay 2`; `none` where there are none. */
export function counted(counts: Readonly<Record<string, number>>, none = "none"): string {
  const words = Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([what, count]) => `${what} ${count}`);
  return words.join(", ") || none;
}
