/** One message's label and what the scorer said. `raw` breaks ties of `score` at a cut. */
export interface Scored {
  urgency: number;
  score: number;
  raw: number;
}

/** From this label on a message is "urgent". */
const URGENT_LABEL = 2;
const CRITICAL_LABEL = 3;
const TOP_SHARE = 0.2;

/** Share of the pairs of different labels that the scores put in the labels' order; equal scores count a half. NaN if none. */
export function pairwiseAccuracy(rows: readonly Scored[]): number {
  let right = 0;
  let pairs = 0;
  const byLabel = new Map<number, number[]>();
  for (const row of rows) {
    const list = byLabel.get(row.urgency);
    if (list === undefined) byLabel.set(row.urgency, [row.score]);
    else list.push(row.score);
  }
  const groups = [...byLabel].sort(([a], [b]) => a - b).map(([, scores]) => scores.sort((a, b) => a - b));
  for (const [index, lower] of groups.entries()) {
    for (const higher of groups.slice(index + 1)) {
      pairs += lower.length * higher.length;
      let below = 0;
      let upTo = 0;
      for (const score of higher) {
        while (below < lower.length && (lower[below] ?? 0) < score) below += 1;
        while (upTo < lower.length && (lower[upTo] ?? 0) <= score) upTo += 1;
        right += below + (upTo - below) / 2;
      }
    }
  }
  return right / pairs;
}

/** Ranks from 1, ties sharing their mean rank. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const result = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && order[to]?.value === order[from]?.value) to += 1;
    for (const { index } of order.slice(from, to)) result[index] = (from + to + 1) / 2;
    from = to;
  }
  return result;
}

/** Spearman's rank correlation with mean ranks for ties; NaN when one side has a single value. */
export function spearman(rows: readonly Scored[]): number {
  const a = ranks(rows.map((row) => row.urgency));
  const b = ranks(rows.map((row) => row.score));
  const mean = (rows.length + 1) / 2;
  let both = 0;
  let first = 0;
  let second = 0;
  for (const [index, rank] of a.entries()) {
    const x = rank - mean;
    const y = (b[index] ?? mean) - mean;
    both += x * y;
    first += x * x;
    second += y * y;
  }
  return both / Math.sqrt(first * second);
}

function f1(hits: number, said: number, are: number): number {
  return hits === 0 ? 0 : (2 * hits) / (said + are);
}

/** The mean of the F1 of "urgent" (label 2 or 3, against a score from `floor` on) and of "not urgent". */
export function macroF1Urgent(rows: readonly Scored[], floor: number): number {
  const are = rows.filter((row) => row.urgency >= URGENT_LABEL).length;
  const said = rows.filter((row) => row.score >= floor).length;
  const hits = rows.filter((row) => row.score >= floor && row.urgency >= URGENT_LABEL).length;
  const n = rows.length;
  return (f1(hits, said, are) + f1(n - said - are + hits, n - said, n - are)) / 2;
}

function top(rows: readonly Scored[]): Scored[] {
  const size = Math.max(1, Math.round(rows.length * TOP_SHARE));
  return [...rows].sort((a, b) => b.score - a.score || b.raw - a.raw).slice(0, size);
}

/** Share of urgent messages among the fifth with the highest scores. */
export function precisionTop20(rows: readonly Scored[]): number {
  const first = top(rows);
  return first.filter((row) => row.urgency >= URGENT_LABEL).length / first.length;
}

/** Share of the critical messages that are among the fifth with the highest scores; NaN if there are none. */
export function criticalRecallTop20(rows: readonly Scored[]): number {
  const critical = rows.filter((row) => row.urgency >= CRITICAL_LABEL).length;
  return top(rows).filter((row) => row.urgency >= CRITICAL_LABEL).length / critical;
}
