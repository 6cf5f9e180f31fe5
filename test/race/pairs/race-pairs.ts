import type { SeededRandom } from "../../../cli/seeded-random.js";
import { ids, type StartingState } from "./case-sql.js";
import { inTurns, type Turns } from "./interleave.js";
import type { RaceCommand } from "./race-commands.js";
import type { CaseResult, RaceDesk } from "./race-desk.js";

/** What a run of pairs came to. */
export interface PairsReport {
  pairs: number;
  interleavings: number;
  /** Orders of statements that really differed. */
  orders: number;
  /** What broke a rule, with all that is needed to see it again. */
  problems: string[];
}

/** So many by chance, or all of them. */
export type Bound = number | "all";

const endless = Number.MAX_SAFE_INTEGER;

/**
 * All orders with one or two switches between two acts of so many statements: one runs `k`, then the other to its end, or
 * `l` of it, and then the first goes on.
 */
function allTurns(statements: readonly [number, number]): Turns[] {
  const turns: Turns[] = [];
  for (const first of [0, 1] as const) {
    for (let k = 1; k < statements[first]; k++) {
      turns.push({ first, lengths: [k, endless] });
      for (let l = 1; l < statements[first === 0 ? 1 : 0]; l++) turns.push({ first, lengths: [k, l, endless] });
    }
  }
  return turns;
}

/** So many of a list by chance, or all of them. */
function some<T>(list: readonly T[], bound: Bound, random: SeededRandom): T[] {
  if (bound === "all") return [...list];
  const left = [...list];
  const chosen: T[] = [];
  while (chosen.length < bound && left.length > 0) chosen.push(...left.splice(random.below(left.length), 1));
  return chosen;
}

type Pair = readonly [RaceCommand, RaceCommand];

const same = (one: CaseResult, other: CaseResult) =>
  one.state === other.state && one.outcomes.join("\n") === other.outcomes.join("\n");

function permutations(places: readonly number[]): number[][] {
  if (places.length < 2) return [[...places]];
  return places.flatMap((place) => permutations(places.filter((one) => one !== place)).map((rest) => [place, ...rest]));
}

/**
 * Whether some order of the acts comes to this result: rows, events and outcomes. Where an act takes waiting tickets, also
 * with some of them held by somebody at that moment: it passes over them by design (DESIGN.md 7). Where one gave way to
 * whoever overtook it, without that one. `tried` keeps what the orders came to, for the next result of the same acts.
 */
export async function isInSomeOrder(
  desk: RaceDesk,
  state: StartingState,
  acts: readonly RaceCommand[],
  result: CaseResult,
  tried: CaseResult[] = [],
): Promise<boolean> {
  const orders = permutations(acts.map((_, place) => place));
  const holdings = acts.some((act) => act.passesOver) ? [[], [ids.ticket], [ids.other], [ids.ticket, ids.other]] : [[]];
  for (const [index, { order, holding }] of holdings
    .flatMap((holding) => orders.map((order) => ({ order, holding })))
    .entries()) {
    tried[index] ??= await inOrder(desk, state, acts, order, holding);
    if (same(tried[index], result)) return true;
  }
  for (const [place, act] of acts.entries()) {
    if (act.yields === undefined || result.outcomes[place] !== act.yields) continue;
    const others = { ...result, outcomes: result.outcomes.filter((_, index) => index !== place) };
    const rest = acts.filter((_, index) => index !== place);
    if (await isInSomeOrder(desk, state, rest, others)) return true;
  }
  return false;
}

/** What the acts come to one after the other in this order of their places; outcomes by place. */
async function inOrder(
  desk: RaceDesk,
  state: StartingState,
  acts: readonly RaceCommand[],
  order: readonly number[],
  holding: readonly number[],
): Promise<CaseResult> {
  const ordered = order.map((place) => acts[place] as RaceCommand);
  const result = await desk.inTurn(state, ordered, holding);
  return { ...result, outcomes: acts.map((_, place) => result.outcomes[order.indexOf(place)] ?? "") };
}

/** Runs two acts in turns: what broke a rule, with all that is needed to see it again; [] when nothing did. */
export async function raceInTurns(
  desk: RaceDesk,
  state: StartingState,
  pair: Pair,
  turns: Turns,
  serial: CaseResult[] = [],
): Promise<string[]> {
  const result = await desk.interleaved(state, pair, inTurns(turns));
  return problemsOf(desk, state, pair, turns, serial, result);
}

async function problemsOf(
  desk: RaceDesk,
  state: StartingState,
  pair: Pair,
  turns: Turns,
  serial: CaseResult[],
  result: CaseResult,
): Promise<string[]> {
  const faults = [...result.faults, ...result.outcomes.filter((outcome) => outcome.startsWith("FAILED"))];
  if (faults.length === 0 && !pair.some((act) => act.inSteps)) {
    if (!(await isInSomeOrder(desk, state, pair, result, serial))) {
      faults.push(`no order of the two comes to this; these do:\n${serial.map(show).join("\n")}`);
    }
  }
  const [a, b] = pair;
  return describe(`${state}: "${a.name}" (A) beside "${b.name}" (B), ${JSON.stringify(turns)}`, result, faults);
}

/**
 * Runs pairs of commands on a ticket in this state in several orders of their statements. Each time nothing may break a
 * rule, nothing may fail but by a refusal, and outcomes and rows must be those of one command after the other. Pairs of
 * which neither changes anything in this state are left out.
 */
export async function racePairs(
  desk: RaceDesk,
  state: StartingState,
  commands: readonly RaceCommand[],
  options: { pairs: Bound; orders: Bound; random: SeededRandom },
): Promise<PairsReport> {
  const report: PairsReport = { pairs: 0, interleavings: 0, orders: 0, problems: [] };
  const nothing = await desk.inTurn(state, []);
  const alone = new Map<RaceCommand, CaseResult>();
  for (const command of commands) {
    const result = await desk.inTurn(state, [command]);
    alone.set(command, result);
    report.problems.push(...describe(`${state}: ${command.name}, alone`, result, result.faults));
  }
  const changes = (command: RaceCommand) => alone.get(command)?.state !== nothing.state;
  const count = (command: RaceCommand) => alone.get(command)?.statements[0] ?? 1;
  const all = commands.flatMap((a, index) => commands.slice(index).map((b): Pair => [a, b]));
  const racing = all.filter((pair) => pair.some(changes));

  for (const pair of some(racing, options.pairs, options.random)) {
    report.pairs++;
    const serial: CaseResult[] = [];
    const seen = new Set<string>();
    for (const turns of some(allTurns([count(pair[0]), count(pair[1])]), options.orders, options.random)) {
      const result = await desk.interleaved(state, pair, inTurns(turns));
      report.interleavings++;
      seen.add(result.trace.join());
      report.problems.push(...(await problemsOf(desk, state, pair, turns, serial, result)));
    }
    report.orders += seen.size;
  }
  return report;
}

function show(result: CaseResult): string {
  return `    ${result.outcomes.join(" | ")}\n      ${result.state}`;
}

function describe(where: string, result: CaseResult, faults: readonly string[]): string[] {
  if (faults.length === 0) return [];
  const told = faults.map((fault) => `  ${fault}`).join("\n");
  return [`${where}\n  ${result.trace.join(" ")}\n${told}\n  came to:\n${show(result)}`];
}
