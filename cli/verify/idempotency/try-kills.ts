import { pause } from "../../../src/runtime/deadline.js";
import type { DocumentedRoute } from "../api-document.js";
import type { ProbeAnswer } from "../probe.js";
import { fixtures } from "./fixtures.js";
import { callOf, type IdempotencyParts, looker, onePlainCall } from "./idempotency.js";
import { callOnce, isUnderWay, type RepeatedCall, shown } from "./keyed-caller.js";
import { difference } from "./measure.js";
import { untilSame } from "./settle.js";

export interface KillFigures {
  kills: number;
  /** Rounds in which the kill came before any answer, between answers, after all. */
  answered: { none: number; some: number; all: number };
  findings: string[];
}

export interface KillOptions {
  kills: number;
  parallel: number;
  below: (limit: number) => number;
  /** Kills every API process with SIGKILL at once; false: there is none to kill here. */
  kill(): boolean;
  signal: AbortSignal;
}

const backWithinMs = 30_000;
const killWithinMs = 150;

/** The API dies while keyed calls are under way; repeated after it, they have the one effect and the one answer (I7). */
export async function tryKills(
  parts: IdempotencyParts,
  routes: readonly DocumentedRoute[],
  options: KillOptions,
): Promise<KillFigures> {
  const figures: KillFigures = { kills: 0, answered: { none: 0, some: 0, all: 0 }, findings: [] };
  const known = routes.filter(({ name }) => fixtures[name]);
  for (let round = 0; round < options.kills && !options.signal.aborted; round++) {
    const route = known[options.below(known.length)];
    if (!route) break;
    const once = await onePlainCall(parts, route);
    if (!once || once.answer.status >= 300) continue;
    const found = await oneRound(parts, route, options, figures);
    if (!found) break;
    const [plain, killed] = (await untilSame(once.effect, found)).map((effect) => JSON.stringify(effect));
    if (plain !== killed) {
      figures.findings.push(`${route.name}: after a kill the effect is ${killed}, of one plain call ${plain}`);
    }
  }
  return figures;
}

async function oneRound(
  parts: IdempotencyParts,
  route: DocumentedRoute,
  { parallel, below, kill }: KillOptions,
  figures: KillFigures,
) {
  const ground = await parts.grounds.next();
  const fixture = await fixtures[route.name]?.(ground);
  if (!fixture) return null;
  const look = await looker(parts, ground, fixture);
  const before = await look();
  const call = callOf(route, fixture, `${ground.mark}-k`, `killed ${ground.mark}`);
  const sent = Array.from({ length: parallel }, () => callOnce(parts.probe, call).catch(() => null));
  await pause(below(killWithinMs));
  if (!kill()) return null;
  figures.kills++;
  const early = (await Promise.all(sent)).filter(
    (answer) => answer !== null && !isUnderWay(answer) && answer.status < 500,
  );
  const kind = early.length === 0 ? "none" : early.length === parallel ? "all" : "some";
  figures.answered[kind]++;
  const late = [await persist(parts, call), await persist(parts, call), await persist(parts, call)];
  const answers = [...early, ...late].filter((answer) => answer !== null);
  const [first] = answers;
  const other = answers.find(({ status, text }) => status !== first?.status || text !== first.text);
  if (first && first.status >= 300) figures.findings.push(`${route.name}: after a kill answers ${shown(first)}`);
  if (first && other)
    figures.findings.push(`${route.name}: answers around a kill differ: ${shown(first)} and ${shown(other)}`);
  return async () => difference(before, await look());
}

/** Repeats the call as a client does: until it is answered with more than "not now". */
async function persist({ probe }: IdempotencyParts, call: RepeatedCall): Promise<ProbeAnswer> {
  const end = Date.now() + backWithinMs;
  for (;;) {
    const answer = await callOnce(probe, call).catch(() => null);
    if (answer && answer.status < 500 && !isUnderWay(answer)) return answer;
    if (Date.now() > end)
      throw new Error(`no answer ${backWithinMs} ms after a kill: ${answer ? shown(answer) : "none"}`);
    await pause(50);
  }
}
