import { expect } from "vitest";
import { until } from "../../support/until.js";
import type { Answer, OwnDesk } from "./own-desk.js";
import type { OwnPostgres } from "./own-postgres.js";

/** How long after the cause is gone the desk may take to be itself again. */
export const recoverMs = 5000;
/** Whatever the trouble, an answer comes by then: a statement may take 15 s, and wait as long for the one before it. */
const answerMs = 35_000;
const everyMs = 60;

interface Call {
  kind: string;
  answer: Answer | null;
  error: string | null;
}

/**
 * Customers who write and agents who pull and reply, without a pause, whatever they are answered. What was answered 2xx
 * is remembered, and held against the tables at the end.
 */
export class Load {
  readonly #desk: OwnDesk;
  readonly calls: Call[] = [];
  readonly #stored: number[] = [];
  readonly #replied: number[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #turn = 0;

  constructor(desk: OwnDesk) {
    this.#desk = desk;
  }

  start(): this {
    this.#timer = setInterval(() => this.#next(), everyMs);
    return this;
  }

  /** Resolves once that many more messages have been stored. */
  async stored(count: number, withinMs = 30_000): Promise<void> {
    const aim = this.#stored.length + count;
    await until(() => this.#stored.length >= aim, `${count} more messages to be stored: ${this.said()}`, withinMs);
  }

  /** Resolves once that many more calls have been answered with that status. */
  async answered(status: number, count: number, withinMs = 40_000): Promise<void> {
    const all = () => this.calls.filter(({ answer }) => answer?.status === status).length;
    const aim = all() + count;
    await until(() => all() >= aim, `${count} more answers ${status}: ${this.said()}`, withinMs);
  }

  /** How often what was answered. */
  said(): string {
    const counts = new Map<string, number>();
    for (const { kind, answer, error } of this.calls) {
      const word = `${kind} ${answer?.status ?? error}`;
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return JSON.stringify(Object.fromEntries([...counts].sort()));
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  /** Every call was answered in time, with what was done, with an outcome, or with 503. */
  expectHonest(): void {
    const odd = this.calls.filter(({ answer }) => !answer || (answer.status >= 500 && answer.status !== 503));
    expect(odd.map(({ kind, answer, error }) => [kind, answer?.status, answer?.body ?? error])).toEqual([]);
    const late = this.calls.filter(({ answer }) => (answer?.ms ?? 0) > answerMs);
    expect(late.map(({ kind, answer }) => [kind, answer?.status, answer?.ms])).toEqual([]);
    const refusals = this.calls.filter(({ answer }) => answer?.status === 503);
    for (const { answer } of refusals) expect(["unavailable", "overloaded"]).toContain(answer?.body.status);
  }

  /** Nothing that was answered 2xx is lost: it is in the tables, scored, routed or owned, and announced once. */
  async expectNothingLost(postgres: Pick<OwnPostgres, "ask">): Promise<void> {
    expect(this.#stored.length).toBeGreaterThan(10);
    const undone = async () => {
      const [row] = await postgres.ask(
        `SELECT count(*)::int AS undone FROM unnest($1::bigint[]) AS given(id) LEFT JOIN tickets t USING (id)
         WHERE t.id IS NULL OR t.scored_at IS NULL OR (t.routed_at IS NULL AND t.status = 'unassigned')
            OR 1 <> (SELECT count(*) FROM events e WHERE e.type = 'message_new' AND e.stream = 'agents'
                     AND (e.payload->>'message_id')::bigint = given.id)`,
        [this.#stored],
      );
      return row?.undone === 0;
    };
    await until(undone, "all that was stored to be scored, routed and announced once", 30_000);
    const unanswered = await postgres.ask(
      `SELECT id FROM unnest($1::bigint[]) AS given(id) LEFT JOIN tickets t USING (id)
       WHERE t.status IS DISTINCT FROM 'closed' OR t.reply_message_id IS NULL`,
      [this.#replied],
    );
    expect(unanswered).toEqual([]);
    const doubled = await postgres.ask(
      "SELECT stream, pos FROM events GROUP BY stream, pos HAVING count(*) > 1 UNION ALL SELECT stream, NULL FROM (SELECT stream, max(pos) AS top, count(*) AS n FROM events GROUP BY stream) s WHERE top <> n",
    );
    expect(doubled).toEqual([]);
  }

  #next(): void {
    const turn = this.#turn++;
    const agent = this.#desk.agents[turn % this.#desk.agents.length] ?? 0;
    const call =
      turn % 5 === 4
        ? this.#pullAndReply(agent)
        : turn % 5 === 3
          ? this.#call("list", "GET", "/api/messages/?limit=5")
          : this.#write(turn);
    const run = call.then(() => void this.#underWay.delete(run));
    this.#underWay.add(run);
  }

  async #write(turn: number): Promise<void> {
    const body = { user_id: `U${turn % 7}`, body: `Message ${turn}: I have still not received my loan, please help` };
    const answer = await this.#call("write", "POST", "/api/messages/", body);
    if (answer?.status === 201) this.#stored.push(answer.body.id);
  }

  async #pullAndReply(agent: number): Promise<void> {
    const pulled = await this.#call("pull", "POST", "/api/agent/tickets/assign/", {}, agent);
    const [id] = (pulled?.status === 200 ? pulled.body.assigned_tickets : []) as number[];
    if (id === undefined) return;
    const reply = { agent_id: agent, text: "It is on its way." };
    const answer = await this.#call("reply", "POST", `/api/messages/${id}/reply/`, reply, agent);
    if (answer?.status === 200) this.#replied.push(id);
  }

  async #call(kind: string, ...given: Parameters<OwnDesk["call"]>): Promise<Answer | null> {
    try {
      const answer = await this.#desk.call(...given);
      this.calls.push({ kind, answer, error: null });
      return answer;
    } catch (error) {
      this.calls.push({ kind, answer: null, error: String(error instanceof Error ? (error.cause ?? error) : error) });
      return null;
    }
  }
}

/** From now on it takes `recoverMs` at most until all processes are ready and a new message is stored, scored, announced. */
export async function expectRecovered(desk: OwnDesk, postgres: Pick<OwnPostgres, "ask">): Promise<number> {
  const startedAt = performance.now();
  const left = () => Math.max(1, recoverMs - (performance.now() - startedAt));
  for (const name of ["api", "worker", "relay"] as const) {
    let last = "";
    const look = async () => {
      const answer = await desk.ready(name).catch(() => null);
      last = JSON.stringify(answer);
      return answer?.status === 200;
    };
    await until(look, `${name} to be ready again, last ${last}`, left()).catch((error: Error) => {
      throw new Error(`${error.message} ${last}`);
    });
  }
  const stored = await until(
    async () => {
      const body = { user_id: "after", body: "I have still not received my loan" };
      const answer = await desk.call("POST", "/api/messages/", body);
      return answer.status === 201 && answer;
    },
    "a message to be stored again",
    left(),
  );
  await until(
    async () => {
      const [row] = await postgres.ask("SELECT scored_at IS NOT NULL AS scored FROM tickets WHERE id = $1", [
        stored.body.id,
      ]);
      return row?.scored;
    },
    "a message to be scored again",
    left(),
  );
  return performance.now() - startedAt;
}
