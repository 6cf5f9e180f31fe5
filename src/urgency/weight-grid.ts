/** Weights and knots are multiples of 1/64: sums of them are exact, in whatever order. */
const STEP = 1 / 64;

/** The multiple of 1/64 next to `value`; never -0. */
export function onGrid(value: number): number {
  return Math.round(value / STEP) * STEP || 0;
}

/** The smallest difference of two weights or knots. */
export const gridStep = STEP;
