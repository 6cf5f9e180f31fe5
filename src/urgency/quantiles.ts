/** Rising [raw, score] knots. */
export type Quantiles = readonly (readonly [raw: number, score: number])[];

/** The whole score of 0 to 100 of a raw sum: interpolated between the knots, held at both ends, never falling. */
export function scoreOfRaw(raw: number, quantiles: Quantiles): number {
  const first = quantiles[0];
  const last = quantiles.at(-1);
  if (first === undefined || last === undefined) return 0;
  if (raw <= first[0]) return Math.round(first[1]);
  if (raw >= last[0]) return Math.round(last[1]);
  let low = 0;
  let high = quantiles.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((quantiles[middle]?.[0] ?? 0) <= raw) low = middle;
    else high = middle;
  }
  const [rawBelow, scoreBelow] = quantiles[low] ?? first;
  const [rawAbove, scoreAbove] = quantiles[high] ?? last;
  const share = (raw - rawBelow) / (rawAbove - rawBelow);
  // Rounded down, so that a score reaches a level's floor exactly where the raw sum reaches the knot.
  return Math.floor(scoreBelow + share * (scoreAbove - scoreBelow) + 1e-9);
}
