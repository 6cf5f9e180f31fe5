import { afterAll, beforeAll, expect, test } from "vitest";
import { testRandom } from "../../support/random.js";
import type { StartingState } from "./case-sql.js";
import { raceCommands } from "./race-commands.js";
import { openRaceDesk, type RaceDesk } from "./race-desk.js";
import { type Bound, racePairs } from "./race-pairs.js";

/** RACE_PAIRS and RACE_ORDERS: pairs of each state, and orders of each pair; a number, or `all`. */
function bound(name: string, usual: number): Bound {
  const given = process.env[name];
  return given === "all" ? "all" : Number(given ?? usual);
}

/** A test for each state: pairs of commands on a ticket that is in it, chosen by the seed unless all are asked for. */
export function raceStates(states: readonly StartingState[]): void {
  let desk: RaceDesk;
  beforeAll(async () => {
    desk = await openRaceDesk();
  });
  afterAll(() => desk.close());
  const random = testRandom();

  test.each(states)("pairs of commands on one ticket: %s", { timeout: 3_600_000 }, async (state) => {
    const bounds = { pairs: bound("RACE_PAIRS", 30), orders: bound("RACE_ORDERS", 2) };
    const report = await racePairs(desk, state, raceCommands, { ...bounds, random });
    const { pairs, interleavings, orders, problems } = report;
    console.info(`${state}: ${pairs} pairs, ${interleavings} interleavings, ${orders} orders`);
    expect(problems.join("\n\n")).toBe("");
    expect(interleavings).toBeGreaterThan(0);
  });
}
