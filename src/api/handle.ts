import { timingSafeEqual } from "node:crypto";
import type { CommandContext } from "../commands/context.js";
import { KeyTaken } from "../commands/intake.js";
import { Refusal } from "../domain/errors.js";
import { isFor, isOpen, requirePermission } from "../domain/policy.js";
import { seesAll } from "../domain/visibility.js";
import type { Caller } from "./caller.js";
import type { ApiDependencies } from "./dependencies.js";
import type { Answer, Endpoint, EndpointInput } from "./endpoint.js";
import { type ApiContext, headerOf } from "./environment.js";
import { type KeyedCall, type KeyedCalls, keyedCallOf } from "./keyed-call.js";
import type { Authenticator } from "./middleware/authenticate.js";
import type { DemoCaller } from "./middleware/demo-caller.js";
import { parseJson } from "./middleware/parse-json.js";
import { readBody } from "./middleware/read-body.js";
import { validateBody, validateQuery } from "./middleware/validate.js";
import { respond } from "./respond.js";
import { runInSight } from "./run-in-sight.js";

/** What a handler needs besides the dependencies: made once for the app. */
export interface Doors {
  authenticator: Authenticator;
  demoCaller: DemoCaller;
  keyedCalls: KeyedCalls;
  /** The OpenAPI document. */
  document: () => unknown;
}

const nothing = new Uint8Array();
const nobody: Caller = { actor: { kind: "demo", id: null, role: "customer", name: "" }, userId: null };
const metricsReader: Caller = { actor: { kind: "metrics", id: null, role: "admin", name: "metrics" }, userId: null };

/**
 * The one way of every call: token, policy, body (limit, JSON), who it is in the demo, validation, command or query,
 * presentation. What is refused is thrown and answered in one place (`middleware/answer-error.ts`).
 */
export function handle(endpoint: Endpoint, deps: ApiDependencies, doors: Doors): (c: ApiContext) => Promise<Response> {
  const { config, db } = deps;
  const open = isOpen(endpoint.policy);
  const limits = {
    AGEING_HORIZON_HOURS: config.AGEING_HORIZON_HOURS,
    REOPEN_WITHIN_HOURS: config.REOPEN_WITHIN_HOURS,
    TICKET_CAPACITY: config.TICKET_CAPACITY,
  };
  const wake = () => deps.bus.wake();
  const routeClass = endpoint.limit ?? (endpoint.method === "get" ? "read" : "write");
  // Who may not call is told so before anything else is said of what was sent.
  const admit = (c: ApiContext, caller: Caller) => {
    if (open) return;
    c.set("caller", caller);
    requirePermission(caller.actor, endpoint.policy);
  };

  return async (c) => {
    c.set("route", endpoint.path);
    const known = open ? nobody : await knownCaller(c, endpoint, deps, doors);
    if (!known && !config.openDemo) throw new Refusal("unauthorized", "This call needs a token.");
    if (known) {
      deps.limits.call(c, open ? null : known, routeClass);
      admit(c, known);
    }
    const bytes = endpoint.body ? await readBody(c, config.BODY_MAX_BYTES) : nothing;
    const sent = endpoint.body ? sentBody(endpoint, bytes) : {};
    if (known?.actor.kind === "user" && known.actor.role === "agent") deps.sightings.note(known.actor.id ?? 0);
    const caller = known ?? (await demoCallerOf(c, endpoint, sent, doors));
    if (!known) {
      deps.limits.call(c, caller, routeClass);
      admit(c, caller);
    }
    const body = endpoint.body ? validateBody(endpoint.body, sent, endpoint.fieldCodes) : undefined;
    const query = endpoint.query ? validateQuery(endpoint.query, c.req.url) : undefined;
    const id = idOf(c, endpoint);
    const context: CommandContext = { db, actor: caller.actor, requestId: c.get("requestId"), limits, wake };
    const input = { body, query, id, caller, context, deps, sight: seesAll, claim: null, document: doors.document, c };
    const keyed = open ? null : keyedCallOf(c, endpoint, caller, bytes);
    const answer = await (keyed ? runKeyed(endpoint, keyed, input, doors) : runInSight(endpoint, input));
    return answer instanceof Response ? answer : respond(c, answer.status, answer.body, answer.headers);
  };
}

/** Who calls by a token or a key; null when neither was shown. A token goes before anything else. */
async function knownCaller(
  c: ApiContext,
  endpoint: Endpoint,
  { config, limits }: ApiDependencies,
  { authenticator }: Doors,
): Promise<Caller | null> {
  if (isFor(endpoint.policy, "metrics") && config.METRICS_TOKEN && isToken(c, config.METRICS_TOKEN))
    return metricsReader;
  const byToken = await authenticator.byToken(c);
  if (byToken) return byToken;
  if (!isFor(endpoint.policy, "api_key")) {
    // Who shows a key is not a caller without one: the open demo is not for it.
    if (headerOf(c, "x-api-key") !== undefined) throw new Refusal("unauthorized", "This call takes no API key.");
    return null;
  }
  return limits.byKey(c, () => authenticator.byApiKey(c));
}

function isToken(c: ApiContext, expected: string): boolean {
  const given = Buffer.from(headerOf(c, "authorization") ?? "");
  const wanted = Buffer.from(`Bearer ${expected}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** A repeated call's one answer: gathered with others where the endpoint can, else in a transaction of its own. */
async function runKeyed(
  endpoint: Endpoint,
  keyed: KeyedCall,
  input: EndpointInput<unknown, unknown>,
  { keyedCalls }: Doors,
): Promise<Answer> {
  if (endpoint.gathers?.(input.body)) {
    try {
      return await runInSight(endpoint, { ...input, claim: keyed.claim });
    } catch (error) {
      if (!(error instanceof KeyTaken)) throw error;
    }
  }
  return keyedCalls.run(keyed, endpoint.secret ?? false, (parts) => {
    const context = { ...input.context, db: parts.db, wake: () => parts.bus.wake() };
    return runInSight(endpoint, { ...input, context, deps: { ...input.deps, ...parts } });
  });
}

function sentBody(endpoint: Endpoint, bytes: Uint8Array): Record<string, unknown> {
  return bytes.byteLength === 0 && endpoint.bodyOptional ? {} : parseJson(bytes);
}

async function demoCallerOf(
  c: ApiContext,
  endpoint: Endpoint,
  sent: Record<string, unknown>,
  { demoCaller }: Doors,
): Promise<Caller> {
  if (endpoint.demoAsCustomer && typeof sent.user_id === "string") {
    return { actor: { kind: "demo", id: null, role: "customer", name: "" }, userId: sent.user_id };
  }
  // Where no customer may call, a user_id says whom it is about, not who calls.
  const userId = isFor(endpoint.policy, "customer") ? sent.user_id : undefined;
  return demoCaller({ agentId: sent.agent_id ?? c.req.query("agent_id"), userId });
}

/** The `{id}` of the path; digits within the range of ids, else the 404 of the noun. */
function idOf(c: ApiContext, endpoint: Endpoint): number {
  if (!endpoint.noun) return 0;
  const text = c.req.param("id") ?? "";
  const id = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(id)) throw new Refusal(endpoint.noun, "There is nothing with this id.");
  c.set("ids", { [`${endpoint.noun.replace(/_not_found$/, "")}_id`]: id });
  return id;
}
