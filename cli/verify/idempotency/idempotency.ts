import type { Database } from "../../../src/db/database.js";
import type { DocumentedRoute } from "../api-document.js";
import type { Probe, ProbeAnswer } from "../probe.js";
import type { SocketFrame } from "../socket-probe.js";
import { fixtures, type KeyedFixture } from "./fixtures.js";
import type { Ground, Grounds } from "./ground.js";
import { callOnce, codeOf, isReplayed, isUnderWay, shown } from "./keyed-caller.js";
import { difference, lastWritten, type Measure, measure } from "./measure.js";
import { settled, untilSame } from "./settle.js";

export interface RepeatOptions {
  replays: number;
  parallel: number;
  /** How long two effects that are not the same yet are looked at again, ms; the stages may not be done. */
  sameWithinMs?: number;
}

/** How one route did. */
export interface RouteFigures {
  route: string;
  status: number;
  /** What one plain call changed, and what all the keyed ones together did. */
  once: Measure;
  keyed: Measure;
  answers: number;
  replayed: number;
  /** Answers that said that the first one is still under way. */
  underWay: number;
  findings: string[];
}

/** What routes are tried with. */
export interface IdempotencyParts {
  probe: Probe;
  db: Pick<Database, "pool">;
  grounds: Grounds;
  /** All frames of the stream `agents` so far: what is told and not stored. */
  frames: readonly SocketFrame[];
  /** All frames of a conversation from now on. */
  watchTalk(conversationId: number): Promise<readonly SocketFrame[]>;
}

/** Tries one writing route: one plain call says what its effect is; all keyed ones together must have no other (I7). */
export async function tryRoute(
  parts: IdempotencyParts,
  route: DocumentedRoute,
  options: RepeatOptions,
): Promise<RouteFigures> {
  const figures: RouteFigures = {
    ...{ route: route.name, status: 0, once: {}, keyed: {}, answers: 0, replayed: 0, underWay: 0, findings: [] },
  };
  const once = await onePlainCall(parts, route);
  if (!once) return { ...figures, findings: ["has no fixture: nothing is known to try it with"] };
  figures.status = once.answer.status;
  if (once.answer.status >= 300) return { ...figures, findings: [`a plain call answers ${shown(once.answer)}`] };
  await manyKeyedCalls(parts, route, options, figures, once.effect);
  if (Object.keys(figures.once).length === 0) figures.findings.push("a plain call has no effect that could be counted");
  return figures;
}

/** A fixture on fresh ground. null: there is none for the route. */
async function onGround({ grounds }: IdempotencyParts, route: DocumentedRoute) {
  const make = fixtures[route.name];
  if (!make) return null;
  const ground = await grounds.next();
  return { ground, make, fixture: await make(ground) };
}

/** What one call without a key answers and changes. */
export async function onePlainCall(
  parts: IdempotencyParts,
  route: DocumentedRoute,
): Promise<{ answer: ProbeAnswer; effect: () => Promise<Measure> } | null> {
  const laid = await onGround(parts, route);
  if (!laid) return null;
  const look = await looker(parts, laid.ground, laid.fixture);
  const before = await look();
  const answer = await callOnce(parts.probe, callOf(route, laid.fixture, `${laid.ground.mark}-once`));
  return { answer, effect: async () => difference(before, await look()) };
}

async function manyKeyedCalls(
  parts: IdempotencyParts,
  route: DocumentedRoute,
  { replays, parallel, sameWithinMs }: RepeatOptions,
  figures: RouteFigures,
  onceEffect: () => Promise<Measure>,
): Promise<void> {
  const laid = await onGround(parts, route);
  if (!laid) return;
  const { ground, fixture, make } = laid;
  const { probe } = parts;
  const key = `key of ${ground.mark}`;
  const call = callOf(route, fixture, ground.mark, key);
  const look = await looker(parts, ground, fixture);
  const before = await look();
  const atOnce = await Promise.all(
    Array.from({ length: parallel }, (_, n) => callOnce(probe, { ...call, requestId: `${ground.mark}-p${n}` })),
  );
  await settled(look);
  const writtenAt = await lastWritten(parts.db, ground.mark);
  const oneByOne: ProbeAnswer[] = [];
  for (let n = 0; n < replays; n++)
    oneByOne.push(await callOnce(probe, { ...call, requestId: `${ground.mark}-r${n}` }));
  const keyedEffect = async () => difference(before, await look());
  [figures.once, figures.keyed] = await untilSame(onceEffect, keyedEffect, sameWithinMs);
  figures.findings.push(...answerFaults(atOnce, oneByOne, figures));
  if (JSON.stringify(figures.keyed) !== JSON.stringify(figures.once)) {
    figures.findings.push(
      `the effect is ${JSON.stringify(figures.keyed)}, of one plain call ${JSON.stringify(figures.once)}`,
    );
  }
  if ((await lastWritten(parts.db, ground.mark)) !== writtenAt) figures.findings.push("a replay wrote to rows");
  figures.findings.push(...(await otherFaults(parts, route, { ground, fixture, again: await make(ground) }, call)));
}

function answerFaults(atOnce: ProbeAnswer[], oneByOne: ProbeAnswer[], figures: RouteFigures): string[] {
  const faults: string[] = [];
  const given = [...atOnce.filter((answer) => !isUnderWay(answer)), ...oneByOne];
  const firsts = given.filter((answer) => !isReplayed(answer));
  figures.underWay = atOnce.length + oneByOne.length - given.length;
  figures.answers = given.length;
  figures.replayed = given.length - firsts.length;
  if (firsts.length !== 1) faults.push(`${firsts.length} answers are not marked as replayed, 1 was the first`);
  const [first] = given;
  const other = given.find(({ status, text }) => status !== first?.status || text !== first.text);
  if (first && other) faults.push(`answers differ: ${shown(first)} and ${shown(other)}`);
  const type = ({ headers }: ProbeAnswer) => headers["content-type"] ?? "";
  if (first && given.some((answer) => type(answer) !== type(first)))
    faults.push("answers differ in their content type");
  if (first && first.status >= 300) faults.push(`the keyed call answers ${shown(first)}`);
  if (oneByOne.some(isUnderWay)) faults.push("is still under way though nothing is");
  return faults;
}

/** Another body is refused; another caller's or another path's key of the same letters is another key. */
async function otherFaults(
  { probe, grounds }: IdempotencyParts,
  route: DocumentedRoute,
  { ground, fixture, again }: { ground: Ground; fixture: KeyedFixture; again: KeyedFixture },
  call: ReturnType<typeof callOf>,
): Promise<string[]> {
  const faults: string[] = [];
  if (fixture.otherBody) {
    const reused = await callOnce(probe, { ...call, body: fixture.otherBody, requestId: `${ground.mark}-other` });
    if (reused.status !== 422 || codeOf(reused) !== "idempotency_key_reused" || isReplayed(reused)) {
      faults.push(`another body is answered ${shown(reused)}`);
    }
  }
  const [admin, otherAdmin] = grounds.admins;
  const stranger = fixture.as.id === admin.id ? otherAdmin : admin;
  const byOther = await callOnce(probe, { ...call, as: stranger, requestId: `${ground.mark}-stranger` });
  if (isReplayed(byOther) || byOther.status === 422)
    faults.push(`another caller's same key is answered ${shown(byOther)}`);
  if (again.path !== fixture.path) {
    const elsewhere = callOf(route, again, `${ground.mark}-elsewhere`, call.key);
    const answer = await callOnce(probe, elsewhere);
    if (isReplayed(answer) || answer.status === 422)
      faults.push(`another path's same key is answered ${shown(answer)}`);
  }
  return faults;
}

export function callOf({ method }: DocumentedRoute, { path, as, body }: KeyedFixture, requestId: string, key?: string) {
  return {
    method,
    path,
    as,
    requestId,
    ...(body === undefined ? {} : { body }),
    ...(key === undefined ? {} : { key }),
  };
}

/** Measures a ground, with the frames about its ticket and its conversation that are stored nowhere. */
export async function looker(
  { db, frames, watchTalk }: IdempotencyParts,
  ground: Ground,
  fixture: KeyedFixture,
): Promise<() => Promise<Measure>> {
  const said = fixture.talk === undefined ? [] : await watchTalk(fixture.talk);
  const id = Number(/\/(\d+)\//.exec(fixture.path)?.[1] ?? Number.NaN);
  return async () => ({
    ...(await measure(db, ground.mark)),
    "frames ticket_presence": frames.filter((frame) => frame.type === "ticket_presence" && frame.message_id === id)
      .length,
    // That it ended, by itself after 5 s, is no effect of the call.
    "frames typing": said.filter((frame) => frame.type === "typing" && frame.is_typing === true).length,
  });
}
