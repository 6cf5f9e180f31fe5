import { pause } from "../../../src/runtime/deadline.js";
import { jsonOf, type Probe, type ProbeAnswer } from "../probe.js";
import type { Act, Ledger } from "./ledger.js";

/** An act as a request. */
export interface ActCall {
  path: string;
  token: string;
  body: Record<string, unknown>;
}

/** Outcomes that a race or a full agent brings, and nothing else. */
const refusals = new Set([
  "already_claimed",
  "already_closed",
  "at_capacity",
  "not_claimed",
  "not_assigned_to_you",
  "stale_version",
  "not_closed",
  "conversation_busy",
]);
const retryMs = { first: 100, most: 1000 };
/**
 * How long a keyed call is repeated: longer than any recovery may take. Anew from each time that it is told that there is too
 * much at once: that is the load's doing, and who is told so comes again.
 */
const persistMs = 60_000;

/** Sends acts and writes down what became of them. A keyed act is repeated until it is answered, as a client would. */
export class ActSender {
  readonly #probe: Probe;
  readonly #ledger: Ledger;
  readonly #below: (limit: number) => number;
  readonly #signal: AbortSignal;

  constructor(probe: Probe, ledger: Ledger, options: { below: (limit: number) => number; signal: AbortSignal }) {
    this.#probe = probe;
    this.#ledger = ledger;
    this.#below = options.below;
    this.#signal = options.signal;
  }

  /** The answer's fields when it was acknowledged, else null. Never rejects. */
  async send(act: Act, call: ActCall): Promise<Record<string, unknown> | null> {
    let end = performance.now() + persistMs;
    const told: Record<string, number> = {};
    for (let waitMs = retryMs.first; ; waitMs = Math.min(retryMs.most, waitMs * 2)) {
      act.tries++;
      const answer = await this.#once(act, call);
      const again = answer === null || answer.status === 503 || codeOf(answer) === "request_in_progress";
      if (!again) return this.#settle(act, call, answer);
      if (act.key === null || this.#signal.aborted) return null;
      const code = answer === null ? "no answer" : codeOf(answer);
      this.#ledger.count(told, code);
      if (code === "overloaded") end = performance.now() + persistMs;
      if (performance.now() > end) {
        const tries = Object.entries(told).map(([what, times]) => `${times} x ${what}`);
        this.#ledger.finding(`${act.kind} with a key was not answered in ${persistMs / 1000} s: ${tries.join(", ")}`);
        return null;
      }
      await pause(waitMs / 2 + this.#below(waitMs / 2), this.#signal);
    }
  }

  async #once(act: Act, { path, token, body }: ActCall): Promise<ProbeAnswer | null> {
    const { misses } = this.#ledger;
    try {
      const answer = await this.#probe.sendPatiently(
        {
          method: "POST",
          path,
          headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "x-request-id": act.requestId,
            ...(act.key === null ? {} : { "idempotency-key": act.key }),
          },
          body: JSON.stringify(body),
        },
        () => this.#ledger.count(misses.unavailable, "429 (waited)"),
      );
      if (answer.status === 503) this.#ledger.count(misses.unavailable, `503 ${codeOf(answer)}`);
      return answer;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (/no answer/.test(message)) this.#ledger.finding(`${act.kind}: ${message}`);
      this.#ledger.count(misses.unavailable, code ?? message);
      return null;
    }
  }

  async #settle(act: Act, call: ActCall, answer: ProbeAnswer): Promise<Record<string, unknown> | null> {
    const body = fieldsOf(answer);
    if (answer.status < 300) {
      this.#ledger.ack(act, { version: numberOf(body.version), given: idsOf(body.newly_assigned) });
      if (act.key !== null && this.#below(4) === 0) await this.#repeat(act, call, answer);
      return body;
    }
    const code = codeOf(answer);
    // A snooze whose time passed on the way is none.
    const known = refusals.has(code) || (act.kind === "snooze" && code === "invalid_body");
    if (known) this.#ledger.count(this.#ledger.misses.refused, code);
    else this.#ledger.finding(`${act.kind} answered ${answer.status}: ${answer.text.slice(0, 200)}`);
    return null;
  }

  /** A keyed call that was answered, once more: the same answer, no second effect (I7). */
  async #repeat(act: Act, call: ActCall, first: ProbeAnswer): Promise<void> {
    act.tries++;
    const again = await this.#once(act, call);
    if (again === null || again.status === 503) return;
    if (again.status !== first.status || again.text !== first.text) {
      const shown = `${again.status} ${again.text.slice(0, 150)} after ${first.status} ${first.text.slice(0, 150)}`;
      this.#ledger.finding(`${act.kind} repeated with its key answered ${shown}`);
    }
  }
}

function fieldsOf(answer: ProbeAnswer): Record<string, unknown> {
  const value = jsonOf(answer.text);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The code that a refusal names. */
const codeOf = (answer: ProbeAnswer): string => (answer.status < 400 ? "" : String(fieldsOf(answer).status ?? ""));

const numberOf = (value: unknown) => (typeof value === "number" ? value : null);

const idsOf = (value: unknown) => (Array.isArray(value) ? value.map(Number) : []);
