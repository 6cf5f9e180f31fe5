import { afterAll, beforeAll, expect, test } from "vitest";
import type { StartingState } from "./case-sql.js";
import type { Turns } from "./interleave.js";
import { raceCommands } from "./race-commands.js";
import { openRaceDesk, type RaceDesk } from "./race-desk.js";
import { raceInTurns } from "./race-pairs.js";

let desk: RaceDesk;
beforeAll(async () => {
  desk = await openRaceDesk();
});
afterAll(() => desk.close());

/** As many as come: to the act's end. */
const rest = Number.MAX_SAFE_INTEGER;

/** Orders in which a rule was broken once, or in which the commands have least to hold on to. */
const orders: [StartingState, string, string, Turns][] = [
  // It counted the ticket as its own, and then read it as free: full, with nothing.
  ["anns", "ann claims", "ann releases", { first: 1, lengths: [1, 3, rest] }],
  ["anns", "ann claims", "ann releases", { first: 1, lengths: [5, 3, rest] }],
  ["answered", "ann claims", "ann releases", { first: 1, lengths: [5, 3, rest] }],
  // The ticket was gone when its lock was had.
  ["dueSnooze", "wake", "delete", { first: 0, lengths: [3, 5, rest] }],
  ["dueSnooze", "wake", "delete", { first: 1, lengths: [1, 8, rest] }],
  // One place, and two ways to it: the second counts after the first has its lock.
  ["unassigned", "ann claims", "ann pulls", { first: 0, lengths: [5, rest] }],
  ["unassigned", "ann claims", "ann claims walt's", { first: 0, lengths: [3, 3, rest] }],
  ["bens", "transfer to ann", "ann pulls", { first: 0, lengths: [5, rest] }],
  ["bens", "transfer to ann", "ann claims walt's", { first: 0, lengths: [5, 3, rest] }],
  ["dueSnooze", "wake", "ann pulls", { first: 0, lengths: [5, rest] }],
  ["dueSnooze", "wake", "ann pulls", { first: 1, lengths: [1, rest] }],
  ["dueSnooze", "wake", "ann claims walt's", { first: 0, lengths: [6, rest] }],
  // Two who have both read what they are about to change.
  ["unassigned", "ann claims", "ben claims", { first: 0, lengths: [3, 3, rest] }],
  ["anns", "ann replies", "transfer to ben", { first: 0, lengths: [1, 5, rest] }],
  ["anns", "ann replies to what she saw", "cara writes", { first: 1, lengths: [8, rest] }],
  ["anns", "ann replies", "ann sells", { first: 0, lengths: [2, 2, rest] }],
  ["anns", "ann sells", "ann replies", { first: 0, lengths: [5, rest] }],
  ["anns", "release", "lease", { first: 1, lengths: [5, rest] }],
  ["anns", "transfer to ben", "remove ann", { first: 0, lengths: [4, rest] }],
  ["unassigned", "ann claims", "remove ann", { first: 1, lengths: [3, 3, rest] }],
  // What is announced is announced before anybody else can go on with the ticket.
  ["anns", "release", "ben claims", { first: 0, lengths: [6, rest] }],
  // One holds the agent, the other the ticket: whoever does not keep to the order of locks waits for ever.
  ["unassigned", "transfer to ben", "ben claims", { first: 0, lengths: [1, rest] }],
  ["closed", "reopen", "cara writes", { first: 0, lengths: [4, rest] }],
  ["closedLongAgo", "reopen", "cara writes", { first: 0, lengths: [4, rest] }],
];

test.each(orders)("%s: %s, %s beside it, %j", async (state, a, b, turns) => {
  const [one, other] = [a, b].map((name) => raceCommands.find((command) => command.name === name));
  if (!one || !other) throw new Error(`no command is called ${a} or ${b}`);
  const told = (await raceInTurns(desk, state, [one, other], turns)).join("\n\n");
  // As the message, too: there it is not cut short.
  expect(told, told).toBe("");
});
