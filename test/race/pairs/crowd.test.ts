import { afterAll, beforeAll, expect, test } from "vitest";
import { testRandom } from "../../support/random.js";
import { startingStates } from "./case-sql.js";
import { raceCommands } from "./race-commands.js";
import { type CaseResult, openRaceDesk, type RaceDesk } from "./race-desk.js";
import { isInSomeOrder } from "./race-pairs.js";

const atOnce = 8;
const rounds = Number(process.env.RACE_CROWDS ?? 30);

let desk: RaceDesk;
beforeAll(async () => {
  desk = await openRaceDesk(atOnce);
});
afterAll(() => desk.close());

const random = testRandom();
const any = <T>(list: readonly T[]) => list[random.below(list.length)] as T;
const failed = (result: CaseResult) =>
  [...result.faults, ...result.outcomes.filter((outcome) => outcome.startsWith("FAILED"))].join("\n");

test("three commands on one ticket, statement by statement in an order of chance", async () => {
  const atomic = raceCommands.filter((command) => !command.inSteps);
  for (let round = 0; round < rounds; round++) {
    const state = any(startingStates);
    const acts = [any(atomic), any(atomic), any(atomic)];
    const result = await desk.interleaved(state, acts, (ready) => any(ready));
    const where = `${state}: ${acts.map((act) => act.name).join(", ")}; ${result.trace.join(" ")}`;
    expect(failed(result), where).toBe("");
    expect(await isInSomeOrder(desk, state, acts, result), `${where}\n${result.outcomes.join("\n")}`).toBe(true);
  }
});

test("eight commands on one ticket at once, while a sequencer bites and dies", async () => {
  for (let round = 0; round < rounds; round++) {
    const state = any(startingStates);
    const acts = Array.from({ length: atOnce }, () => any(raceCommands));
    const result = await desk.freely(state, acts, random);
    expect(failed(result), `${state}: ${acts.map((act) => act.name).join(", ")}`).toBe("");
  }
});

test("one command eight times at once, on a ticket in each state, while a sequencer bites and dies", async () => {
  for (const state of startingStates) {
    for (let round = 0; round < rounds / 10; round++) {
      const act = any(raceCommands);
      const result = await desk.freely(
        state,
        Array.from({ length: atOnce }, () => act),
        random,
      );
      expect(failed(result), `${state}: ${act.name}`).toBe("");
    }
  }
});
