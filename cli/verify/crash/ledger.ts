/** What an act does. */
export const actKinds = [
  "intake",
  "reply_to",
  "claim",
  "reply",
  "keep_open",
  "canned",
  "pull",
  "transfer",
  "release",
  "snooze",
  "reopen",
] as const;
export type ActKind = (typeof actKinds)[number];

/** One act of the load, and what it was told. */
export interface Act {
  n: number;
  kind: ActKind;
  /** Follows it into history and log; a repeat with the same key carries the same. */
  requestId: string;
  key: string | null;
  ticketId: number | null;
  agentId: number | null;
  toAgentId: number | null;
  /** Words that no other act says; null where it says none. */
  text: string | null;
  /** Answered 2xx: from then on it must hold, whatever dies. */
  acked: boolean;
  /** The version that the answer told; null: none. */
  version: number | null;
  /** Tickets that the answer said are new to the agent. */
  given: number[];
  tries: number;
}

/** Requests that did not come to a 2xx, by kind. */
export interface Misses {
  /** The desk's rules said no: somebody was faster, the agent is full. */
  refused: Record<string, number>;
  /** Allowed while something is down: 503, and connections that were cut or refused. */
  unavailable: Record<string, number>;
}

/** Remembers what was acknowledged, and when; plain memory of the client's side. */
export class Ledger {
  readonly acts: Act[] = [];
  readonly misses: Misses = { refused: {}, unavailable: {} };
  /** Answers that may never come: findings. */
  readonly findings: string[] = [];
  #findings = 0;
  /** When each acknowledged write came back, ms of `performance.now()`. */
  readonly ackedAt: number[] = [];

  begin(act: Omit<Act, "n" | "acked" | "version" | "given" | "tries">): Act {
    const begun: Act = { ...act, n: this.acts.length, acked: false, version: null, given: [], tries: 0 };
    this.acts.push(begun);
    return begun;
  }

  ack(act: Act, answer: { version: number | null; given: number[] }): void {
    act.acked = true;
    act.version = answer.version;
    act.given = answer.given;
    this.ackedAt.push(performance.now());
  }

  count(misses: Record<string, number>, what: string): void {
    misses[what] = (misses[what] ?? 0) + 1;
  }

  finding(text: string): void {
    this.#findings++;
    if (this.findings.length < 20) this.findings.push(text);
  }

  /** How many findings there were, the kept ones included. */
  get found(): number {
    return this.#findings;
  }

  /** Acts and acknowledgements by kind. */
  counts(): Record<string, { tried: number; acked: number }> {
    const counts: Record<string, { tried: number; acked: number }> = {};
    for (const { kind, acked } of this.acts) {
      counts[kind] ??= { tried: 0, acked: 0 };
      const count = counts[kind];
      count.tried++;
      if (acked) count.acked++;
    }
    return counts;
  }
}
