/** How soon a person must look, from the rubric: 0 no case, 1 routine, 2 blocked or wronged, 3 money at risk now. */
export type UrgencyLevel = "low" | "normal" | "high" | "critical";

const FLOORS: readonly (readonly [UrgencyLevel, number])[] = [
  ["critical", 75],
  ["high", 50],
  ["normal", 25],
  ["low", 0],
];

/** The level of a score of 0 to 100. Training places the quantile table so that the rubric's labels meet these floors. */
export function levelOf(score: number): UrgencyLevel {
  for (const [level, floor] of FLOORS) if (score >= floor) return level;
  return "low";
}

/** The lowest score of a level: what a ticket gets at least when somebody sets its level by hand. */
export function scoreFloorOf(level: UrgencyLevel): number {
  for (const [name, floor] of FLOORS) if (name === level) return floor;
  return 0;
}
