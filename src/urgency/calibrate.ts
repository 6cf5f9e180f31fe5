import { scoreFloorOf, type UrgencyLevel } from "./level.js";
import { gridStep, onGrid } from "./weight-grid.js";

interface Point {
  raw: number;
  urgency: number;
}

const LABEL_FLOORS: readonly (readonly [label: number, level: UrgencyLevel])[] = [
  [3, "critical"],
  [2, "high"],
  [1, "normal"],
];
/** The least width of a level's band of raw sums. */
const MIN_BAND = 8 * gridStep;
/** Knots inside a level's band, so that scores spread as the training messages do. */
const BAND_SHARES = [0.25, 0.5, 0.75];

/**
 * The raw sum from which a message is said to have `label` or more: the cut of the best balanced F1 over the training
 * messages, averaged over all cuts within 0.02 of the best, so that one message more or less does not move it far.
 */
function cutOf(points: readonly Point[], label: number): number {
  const cuts = [...new Set(points.map((point) => point.raw))].sort((a, b) => a - b);
  const scored = cuts.map((cut) => {
    let hits = 0;
    let said = 0;
    let are = 0;
    for (const point of points) {
      const says = point.raw >= cut;
      const is = point.urgency >= label;
      if (says) said += 1;
      if (is) are += 1;
      if (says && is) hits += 1;
    }
    const n = points.length;
    const yes = hits === 0 ? 0 : (2 * hits) / (said + are);
    const rightNo = n - said - are + hits;
    const no = rightNo === 0 ? 0 : (2 * rightNo) / (2 * n - said - are);
    return { cut, value: yes + no };
  });
  const best = Math.max(...scored.map((s) => s.value));
  const near = scored.filter((s) => s.value >= best - 0.02).map((s) => s.cut);
  return near.reduce((sum, cut) => sum + cut, 0) / near.length;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/**
 * The table that turns raw sums into 0 to 100: a level's floor lies at its label's cut, and inside each level the
 * training messages' own quantiles spread the scores. Rises strictly. Needs at least one message.
 */
export function calibrate(points: readonly Point[]): [raw: number, score: number][] {
  const raws = points.map((point) => point.raw).sort((a, b) => a - b);
  const lowest = onGrid(Math.min(-2, (raws[0] ?? 0) - 1));
  const highest = onGrid(Math.max(5, (raws.at(-1) ?? 0) + 1));
  const edges: [number, number][] = [[highest, 100]];
  // From the top down: where labels are too few to tell two levels apart, the higher one keeps its cut.
  for (const [label, level] of LABEL_FLOORS) {
    const above = edges[0]?.[0] ?? highest;
    edges.unshift([Math.min(onGrid(cutOf(points, label)), above - MIN_BAND), scoreFloorOf(level)]);
  }
  edges.unshift([Math.min(lowest, (edges[0]?.[0] ?? lowest) - 1), 0]);

  const knots: [number, number][] = [];
  for (const [index, edge] of edges.entries()) {
    const next = edges[index + 1];
    knots.push(edge);
    if (next === undefined) break;
    const inside = raws.filter((raw) => raw > edge[0] && raw < next[0]);
    if (inside.length < 8) continue;
    for (const share of BAND_SHARES) {
      const raw = onGrid(quantile(inside, share));
      if (raw > (knots.at(-1)?.[0] ?? lowest) && raw < next[0]) {
        knots.push([raw, Math.round((edge[1] + share * (next[1] - edge[1])) * 10) / 10]);
      }
    }
  }
  return knots;
}
