/** Which entries each message holds, and its label. */
export interface Design {
  rows: readonly (readonly number[])[];
  labels: readonly number[];
  /** The centre of each weight; a weight stays near it (`LEAST_SHARE`, `MOST_SHARE`). 0 stays 0: such an entry only speaks of a topic. */
  priors: readonly number[];
}

export interface Fit {
  weights: number[];
  intercept: number;
}

const SWEEPS = 120;
const SETTLED = 1e-7;
/** A learned weight lies between a third of its prior and twice it. */
const LEAST_SHARE = 1 / 3;
const MOST_SHARE = 2;
const LOWEST_LABEL = 0;
const HIGHEST_LABEL = 3;

function rangeOf(prior: number): readonly [low: number, high: number] {
  const least = prior * LEAST_SHARE;
  const most = prior * MOST_SHARE;
  return prior < 0 ? [most, least] : [least, most];
}

/**
 * Least squares of label on entries, each weight pulled to its prior with strength `lambda` and held between a third of
 * its prior and twice it (a few hundred labels of a few desks must not unlearn a rule, less turn it round); coordinate descent, which is exact for this convex problem. A label at the end of the scale is a bound, not a
 * value: to predict 4 for a critical message, or -1 for a thank-you, is no error (as in a Tobit model).
 */
export function fitRidge(design: Design, lambda: number): Fit {
  const { rows, labels, priors } = design;
  const weights = [...priors];
  const columns: number[][] = priors.map(() => []);
  for (const [row, entries] of rows.entries()) for (const entry of entries) columns[entry]?.push(row);
  const predicted = rows.map((entries) => entries.reduce((sum, entry) => sum + (weights[entry] ?? 0), 0));
  let intercept = 1;
  for (const row of predicted.keys()) predicted[row] = (predicted[row] ?? 0) + intercept;

  const residual = (row: number): number => {
    const label = labels[row] ?? 0;
    const difference = label - (predicted[row] ?? 0);
    if (label <= LOWEST_LABEL) return Math.min(difference, 0);
    if (label >= HIGHEST_LABEL) return Math.max(difference, 0);
    return difference;
  };

  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let moved = 0;
    let sum = 0;
    for (const row of rows.keys()) sum += residual(row);
    const shift = rows.length === 0 ? 0 : sum / rows.length;
    intercept += shift;
    for (const row of predicted.keys()) predicted[row] = (predicted[row] ?? 0) + shift;
    moved = Math.max(moved, Math.abs(shift));
    for (const [entry, column] of columns.entries()) {
      const weight = weights[entry] ?? 0;
      const prior = priors[entry] ?? 0;
      if (column.length === 0 || prior === 0) continue;
      let gradient = lambda * (prior - weight);
      for (const row of column) gradient += residual(row);
      let next = weight + gradient / (column.length + lambda);
      const [low, high] = rangeOf(prior);
      next = Math.min(high, Math.max(low, next));
      const change = next - weight;
      if (change === 0) continue;
      weights[entry] = next;
      for (const row of column) predicted[row] = (predicted[row] ?? 0) + change;
      moved = Math.max(moved, Math.abs(change));
    }
    if (moved < SETTLED) break;
  }
  return { weights, intercept };
}
