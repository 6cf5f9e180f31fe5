import { createHash } from "node:crypto";
import { Gate } from "../commands/gate.js";
import { receiveAlone } from "../commands/intake.js";
import { httpStatusOf } from "../contract/problems.js";
import { bindDatabase } from "../db/bound-database.js";
import {
  type KeptAnswer,
  type KeyClaim,
  type KeyHolder,
  keepAnswers,
  readKept,
  tryLockKey,
} from "../db/queries/idempotency.js";
import { inClientTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { isOpen } from "../domain/policy.js";
import { seal, unseal } from "../runtime/seal.js";
import type { Caller } from "./caller.js";
import type { ApiDependencies } from "./dependencies.js";
import type { Answer, Endpoint } from "./endpoint.js";
import { type ApiContext, headerOf } from "./environment.js";
import { problemOf } from "./respond.js";

/** The parts of the API that a keyed call is given in place of its own: all bound to one transaction. */
export type KeyedParts = Pick<ApiDependencies, "db" | "bus" | "intake">;

/** A call with an Idempotency-Key. */
export interface KeyedCall {
  claim: KeyClaim;
  /** The key as it was sent: it unseals a secret answer. */
  key: string;
}

const keyPattern = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;
/** Keyed calls that may wait for a connection, and for how long, ms. */
const waitingMax = 1000;
const waitMs = 5000;

const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash("sha256");
  // Each part with its length before it: no two lists of parts look alike.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
};

/** Whether calls of that endpoint may carry an Idempotency-Key: all that write, but for `/api/auth/` and streams. */
export function takesKey(endpoint: Pick<Endpoint, "method" | "path" | "policy" | "streams">): boolean {
  const { method, path, policy, streams } = endpoint;
  return method !== "get" && !streams && !path.startsWith("/api/auth/") && !isOpen(policy);
}

/**
 * The Idempotency-Key of a call, and what it stands for: it belongs to its caller, method and path. null: the call has
 * none, or takes none (reads, and `/api/auth/`). Throws `invalid_body` for what is no key.
 */
export function keyedCallOf(c: ApiContext, endpoint: Endpoint, caller: Caller, sent: Uint8Array): KeyedCall | null {
  if (!takesKey(endpoint)) return null;
  const key = headerOf(c, "idempotency-key");
  if (key === undefined) return null;
  if (!keyPattern.test(key)) {
    throw new Refusal("invalid_body", "An Idempotency-Key has 1 to 255 characters of ASCII.", {
      errors: [{ path: "header.idempotency-key", message: "must have 1 to 255 characters of ASCII" }],
    });
  }
  const url = new URL(c.req.url);
  const hash = sha256(nameOf(c, caller), endpoint.method, url.pathname.replace(/\/$/, ""), key);
  return { key, claim: { hash, fingerprint: sha256(url.search, sent) } };
}

/** Whose keys these are. All callers of the open demo mode are one. */
function nameOf(c: ApiContext, { actor }: Caller): string {
  if (actor.kind === "api_key") return `key:${headerOf(c, "x-api-key")}`;
  return actor.kind === "user" ? `user:${actor.id}` : actor.kind;
}

/**
 * Runs keyed calls: each is one transaction, which takes the key's lock without waiting, does all that the endpoint does,
 * and keeps the answer. So an effect and its kept answer are there together or not at all, whatever dies in between (I7).
 */
export class KeyedCalls {
  readonly #deps: ApiDependencies;
  readonly #gate: Gate;

  constructor(deps: ApiDependencies) {
    this.#deps = deps;
    // Each holds a connection while it runs, and may wait for other gates with it: half of them stay free.
    const concurrency = Math.max(1, Math.floor(deps.config.DATABASE_POOL_MAX / 2));
    const refusal = "Too many calls with an Idempotency-Key at once, try again.";
    this.#gate = new Gate({ concurrency, queueMax: waitingMax, waitMs, refusal });
  }

  /**
   * The answer of the first call with that key. Throws `request_in_progress` while one is under way, and
   * `idempotency_key_reused` for another query or body. Refusals (4xx) that `work` throws are outcomes, and kept; any
   * other error undoes all of it and keeps nothing.
   */
  async run(call: KeyedCall, secret: boolean, work: (parts: KeyedParts) => Promise<Answer>): Promise<Answer> {
    const { db, bus, intake, config } = this.#deps;
    let after: (() => unknown)[] = [];
    const heldBus: ApiDependencies["bus"] = {
      ping: (timeoutMs) => bus.ping(timeoutMs),
      wake: () => void after.push(() => bus.wake()),
      publishEphemeral: async (frame) => void after.push(() => bus.publishEphemeral(frame)),
      publishControl: async (message) => void after.push(() => bus.publishControl(message)),
    };
    const answer = await this.#gate.run(() =>
      inClientTransaction(db, async (client) => {
        after = [];
        const bound = bindDatabase(client);
        const boundIntake: ApiDependencies["intake"] = {
          receive: (message) => {
            heldBus.wake();
            return receiveAlone(bound, config, message);
          },
          get waiting() {
            return intake.waiting;
          },
        };
        return once(client, call, secret, () => work({ db: bound, bus: heldBus, intake: boundIntake }));
      }),
    );
    // What was to be told is told after the commit; it may be lost, as always.
    for (const tell of after) void Promise.resolve(tell()).catch(() => undefined);
    return answer;
  }
}

async function once(client: KeyHolder, call: KeyedCall, secret: boolean, work: () => Promise<Answer>): Promise<Answer> {
  if (!(await tryLockKey(client, call.claim))) {
    throw new Refusal("request_in_progress", "A call with this Idempotency-Key is under way.");
  }
  const kept = await readKept(client, call.claim);
  if (kept) {
    if (kept.sameBody) return replay(kept, call.key);
    throw new Refusal("idempotency_key_reused", "This Idempotency-Key was used with another query or body.");
  }
  const answer = await outcomeOf(client, work);
  await keepAnswers(client, [{ claim: call.claim, answer: keptOf(answer, call.key, secret) }]);
  return answer;
}

/** What `work` answers; a refusal is one too, with nothing left of what was done until then. */
async function outcomeOf(client: KeyHolder, work: () => Promise<Answer>): Promise<Plain> {
  await client.query("SAVEPOINT work");
  try {
    const answer = await work();
    if (answer instanceof Response) throw new Error("a keyed call answers JSON");
    return answer;
  } catch (error) {
    if (!(error instanceof Refusal) || !isOutcome(httpStatusOf[error.code])) throw error;
    await client.query("ROLLBACK TO SAVEPOINT work");
    return { status: httpStatusOf[error.code], body: problemOf(error.code, error.message, error.facts) };
  }
}

/** Whether a refusal is what became of the call, rather than that it was not let in or could not be done now. */
const isOutcome = (status: number) => status < 500 && status !== 401 && status !== 429;

type Plain = Exclude<Answer, Response>;

function keptOf({ status, body, headers = {} }: Plain, key: string, secret: boolean): KeptAnswer {
  const text = body === undefined ? null : JSON.stringify(body);
  return { status, headers, body: text !== null && secret ? seal(text, key) : text, sealed: secret };
}

function replay({ status, headers, body, sealed }: KeptAnswer, key: string): Answer {
  const text = body !== null && sealed ? unseal(body, key) : body;
  return {
    status,
    headers: { ...headers, "idempotent-replayed": "true" },
    ...(text === null ? {} : { body: JSON.parse(text) }),
  };
}
