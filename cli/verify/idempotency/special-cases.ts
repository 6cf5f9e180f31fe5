import type { ProbeAnswer } from "../probe.js";
import type { IdempotencyParts } from "./idempotency.js";
import { callOnce, codeOf, isReplayed, shown } from "./keyed-caller.js";

/** A case, and what was wrong with it. */
export interface CaseFigures {
  name: string;
  findings: string[];
}

type Case = (parts: IdempotencyParts) => Promise<string[]>;

const wrong = (holds: boolean, what: string, answer: ProbeAnswer): string[] =>
  holds ? [] : [`${what}: ${shown(answer)}`];

/** A lost claim is an outcome: told again although the message could be had by now. */
const keptOutcome: Case = async ({ probe, grounds }) => {
  const { mark, ticket, agent, other } = await grounds.next();
  const { id } = await ticket("held");
  const key = `lost ${mark}`;
  const claim = { method: "POST", path: `/api/messages/${id}/claim/`, as: other, body: { agent_id: other.id }, key };
  const lost = await callOnce(probe, { ...claim, requestId: `${mark}-1` });
  const release = { method: "POST", path: `/api/messages/${id}/release/`, as: agent, body: {}, requestId: `${mark}-2` };
  const released = await callOnce(probe, release);
  const again = await callOnce(probe, { ...claim, requestId: `${mark}-3` });
  return [
    ...wrong(lost.status === 409 && codeOf(lost) === "already_claimed" && !isReplayed(lost), "the first claim", lost),
    ...wrong(released.status === 200, "the release", released),
    ...wrong(again.status === 409 && again.text === lost.text && isReplayed(again), "the claim repeated", again),
  ];
};

/** A body that is not valid was never a call: the same key may be used for the mended one. */
const validationIsNotKept: Case = async ({ probe, grounds }) => {
  const { mark, ticket, agent } = await grounds.next();
  const path = `/api/messages/${(await ticket("held")).id}/notes/`;
  const call = { method: "POST", path, as: agent, key: `mended ${mark}` };
  const bad = await callOnce(probe, { ...call, body: { text: 5 }, requestId: `${mark}-1` });
  const mended = await callOnce(probe, { ...call, body: { text: `Seen ${mark}` }, requestId: `${mark}-2` });
  return [
    ...wrong(bad.status === 400, "a body that is not valid", bad),
    ...wrong(mended.status === 200 && !isReplayed(mended), "the mended one with its key", mended),
  ];
};

/** Nor is a call that was not let in. */
const signInIsNotKept: Case = async ({ probe, grounds }) => {
  const { mark, ticket, agent } = await grounds.next();
  const path = `/api/messages/${(await ticket("held")).id}/notes/`;
  const call = { method: "POST", path, key: `signed ${mark}`, body: { text: `Seen ${mark}` } };
  const stranger = { id: agent.id, token: `${agent.token.slice(0, -8)}AAAAAAAA` };
  const unknown = await callOnce(probe, { ...call, as: stranger, requestId: `${mark}-1` });
  const known = await callOnce(probe, { ...call, as: agent, requestId: `${mark}-2` });
  return [
    ...wrong(unknown.status === 401, "a token that is not valid", unknown),
    ...wrong(known.status === 200 && !isReplayed(known), "the valid one with the same key", known),
  ];
};

/** 1 to 255 characters. */
const keysAreBounded: Case = async ({ probe, grounds }) => {
  const { mark, ticket, agent } = await grounds.next();
  const path = `/api/messages/${(await ticket("held")).id}/notes/`;
  const call = { method: "POST", path, as: agent, body: { text: `Seen ${mark}` } };
  const long = await callOnce(probe, { ...call, key: "k".repeat(256), requestId: `${mark}-1` });
  const longest = await callOnce(probe, { ...call, key: mark.padEnd(255, "k"), requestId: `${mark}-2` });
  return [
    ...wrong(long.status === 400, "a key of 256 characters", long),
    ...wrong(longest.status === 200, "a key of 255 characters", longest),
  ];
};

/** A trailing slash is optional: the same path, the same key. */
const slashIsOptional: Case = async ({ probe, grounds }) => {
  const { mark, ticket, agent } = await grounds.next();
  const path = `/api/messages/${(await ticket("held")).id}/notes`;
  const call = { method: "POST", as: agent, body: { text: `Seen ${mark}` }, key: `slash ${mark}` };
  const one = await callOnce(probe, { ...call, path: `${path}/`, requestId: `${mark}-1` });
  const other = await callOnce(probe, { ...call, path, requestId: `${mark}-2` });
  return [
    ...wrong(one.status === 200, "with a slash", one),
    ...wrong(isReplayed(other) && other.text === one.text, "without", other),
  ];
};

const cases: Readonly<Record<string, Case>> = {
  "a refusal that is an outcome is kept": keptOutcome,
  "a body that is not valid is not kept": validationIsNotKept,
  "a call that was not let in is not kept": signInIsNotKept,
  "a key has 1 to 255 characters": keysAreBounded,
  "a path is the same with and without its slash": slashIsOptional,
};

/** What holds for keys whatever the route. */
export async function tryCases(parts: IdempotencyParts): Promise<CaseFigures[]> {
  const figures: CaseFigures[] = [];
  for (const [name, run] of Object.entries(cases)) figures.push({ name, findings: await run(parts) });
  return figures;
}
