import type { Probe, ProbeAnswer } from "../probe.js";
import { jsonOf } from "../probe.js";
import type { Person } from "./ground.js";

/** A call as it is repeated. */
export interface RepeatedCall {
  method: string;
  path: string;
  as: Person;
  body?: unknown;
  /** Left out: a plain call. */
  key?: string;
  requestId: string;
}

/** Sends a call; waits when it is told to (429). Rejects when there is no answer. */
export function callOnce(probe: Probe, { method, path, as, body, key, requestId }: RepeatedCall): Promise<ProbeAnswer> {
  return probe.sendPatiently({
    method,
    path,
    headers: {
      authorization: `Bearer ${as.token}`,
      "x-request-id": requestId,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Whether the answer says that it was given before. */
export const isReplayed = ({ headers }: ProbeAnswer): boolean => headers["idempotent-replayed"] === "true";

/** The code that a refusal names. */
export function codeOf({ text }: ProbeAnswer): string {
  const json = jsonOf(text);
  return typeof json === "object" && json !== null && "status" in json ? String(json.status) : "";
}

/** Whether it only says that the first call is still under way. */
export const isUnderWay = (answer: ProbeAnswer): boolean =>
  answer.status === 409 && codeOf(answer) === "request_in_progress";

/** An answer as a finding shows it. */
export const shown = ({ status, text }: ProbeAnswer): string => `${status} ${text.slice(0, 200)}`;
