import { pause } from "../../src/runtime/deadline.js";
import { Failure } from "../failure.js";
import type { HttpAnswer, HttpClient } from "../http-client.js";
import type { OwnerFaults } from "./audit-owners.js";
import type { Player } from "./stage-set.js";

/** Who and what it is played with. */
export interface AssignRaceSet {
  agents: readonly Player[];
  /** All tickets of the set, waiting at the start. */
  ticketIds: readonly number[];
  capacity: number;
  /** Changes an agent's capacity. */
  setCapacity(agentId: number, capacity: number): Promise<void>;
  /** Tickets of the set by their state. */
  count(): Promise<{ waiting: number; owned: number; closed: number }>;
  /** What an agent holds. */
  heldBy(agentId: number): Promise<number[]>;
  /** Opens closed tickets again as new ones, so that another part has work. */
  refill(): Promise<void>;
  audit(): Promise<OwnerFaults>;
  /** Kills something of the system with SIGKILL; what it was, or null when nothing can be killed here. */
  kill(): Promise<string | null>;
}

export interface AssignRaceOptions {
  rounds: number;
  /** A kill before every so many rounds; 0: none. */
  killEvery: number;
  /** A number from 0 up to, not including, the limit. */
  below: (limit: number) => number;
  signal: AbortSignal;
  onProgress: (done: number, all: number) => void;
}

export interface AssignRaceFigures {
  agents: number;
  tickets: number;
  pulls: number;
  /** The most that one agent was ever told to hold. */
  most_held: number;
  /** Tickets that two agents were told to be new to them, though nobody had given them back. */
  given_twice: number;
  /** Tickets that still waited when every agent had been told that nothing waits. */
  forgotten: number;
  /** The most that one agent got by eight pulls at once. */
  eight_at_once: number;
  rounds: number;
  acts: Record<string, number>;
  kills: Record<string, number>;
  faults: OwnerFaults;
  pull_ms: { p50: number; p99: number };
}

const pullsAtOnce = 8;
const eightRounds = 10;
const actsPerRound = 4;
const answerWithinMs = 30_000;

type Caller = Pick<HttpClient, "call">;

/**
 * Three parts: all agents pull and close until nothing waits; one agent pulls eight times at once; rounds of random acts
 * by everybody, with kills between. After them the auditor counts what broke the rules.
 */
export async function assignRace(
  client: Caller,
  set: AssignRaceSet,
  options: AssignRaceOptions,
): Promise<AssignRaceFigures> {
  const race = new Race(client, set, options);
  await race.pullUntilEmpty();
  await set.refill();
  await race.pullEightAtOnce();
  await race.playRounds();
  return race.figures(await set.audit());
}

class Race {
  readonly #client: Caller;
  readonly #set: AssignRaceSet;
  readonly #options: AssignRaceOptions;
  readonly #times: number[] = [];
  readonly #acts: Record<string, number> = {};
  readonly #kills: Record<string, number> = {};
  #mostHeld = 0;
  #givenTwice = 0;
  #forgotten = 0;
  #eightAtOnce = 0;
  #rounds = 0;

  constructor(client: Caller, set: AssignRaceSet, options: AssignRaceOptions) {
    this.#client = client;
    this.#set = set;
    this.#options = options;
  }

  figures(faults: OwnerFaults): AssignRaceFigures {
    const sorted = this.#times.sort((a, b) => a - b);
    const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 10) / 10;
    return {
      agents: this.#set.agents.length,
      tickets: this.#set.ticketIds.length,
      pulls: sorted.length,
      most_held: this.#mostHeld,
      given_twice: this.#givenTwice,
      forgotten: this.#forgotten,
      eight_at_once: this.#eightAtOnce,
      rounds: this.#rounds,
      acts: this.#acts,
      kills: this.#kills,
      faults,
      pull_ms: { p50: at(0.5), p99: at(0.99) },
    };
  }

  /** Everybody pulls and closes what it got, until it is told that there is nothing more. */
  async pullUntilEmpty(): Promise<void> {
    const given = new Set<number>();
    const all = this.#set.ticketIds.length;
    await Promise.all(
      this.#set.agents.map(async (agent) => {
        while (!this.#options.signal.aborted) {
          const { held, fresh } = await this.#pull(agent);
          for (const id of fresh) {
            if (given.has(id)) this.#givenTwice++;
            given.add(id);
          }
          this.#options.onProgress(given.size, all);
          if (held.length === 0) return;
          for (const id of held) await this.#close(agent, id);
        }
      }),
    );
    if (!this.#options.signal.aborted) this.#forgotten = (await this.#set.count()).waiting;
  }

  /** Eight pulls of one agent at the same moment. */
  async pullEightAtOnce(): Promise<void> {
    const { agents, heldBy } = this.#set;
    for (let round = 0; round < eightRounds && !this.#options.signal.aborted; round++) {
      const agent = agents[round % agents.length];
      if (!agent) return;
      await Promise.all(Array.from({ length: pullsAtOnce }, () => this.#pull(agent)));
      const held = await heldBy(agent.id);
      this.#eightAtOnce = Math.max(this.#eightAtOnce, held.length);
      for (const id of held) await this.#post(agent, `/api/messages/${id}/release/`);
    }
  }

  /** Everybody acts at random, all at once; between rounds capacities change, and processes are killed. */
  async playRounds(): Promise<void> {
    const { rounds, killEvery, below, signal, onProgress } = this.#options;
    const { agents, setCapacity, capacity } = this.#set;
    for (let round = 1; round <= rounds && !signal.aborted; round++) {
      this.#rounds = round;
      const changed = agents[below(agents.length)];
      // Lowered to something, or back to the largest: no agent ever may hold more than that.
      if (changed) await setCapacity(changed.id, below(2) === 0 ? 1 + below(capacity) : capacity);
      const killing = killEvery > 0 && round % killEvery === 0;
      const playing = agents.map(async (agent) => {
        for (let act = 0; act < actsPerRound; act++) await this.#act(agent);
      });
      if (killing) await this.#kill();
      await Promise.all(playing);
      onProgress(round, rounds);
    }
  }

  async #kill(): Promise<void> {
    const part = await this.#set.kill();
    if (part !== null) this.#kills[part] = (this.#kills[part] ?? 0) + 1;
  }

  async #act(agent: Player): Promise<void> {
    const { agents, ticketIds, heldBy } = this.#set;
    const { below } = this.#options;
    const any = ticketIds[below(ticketIds.length)] ?? 0;
    const kind = ["pull", "claim", "release", "transfer", "reply"][below(5)] ?? "pull";
    const held = kind === "release" || kind === "transfer" || kind === "reply" ? await heldBy(agent.id) : [];
    const own = held[below(Math.max(1, held.length))] ?? any;
    let answer: HttpAnswer | null;
    if (kind === "pull") answer = await this.#try(agent, "/api/agent/tickets/assign/");
    else if (kind === "claim") answer = await this.#try(agent, `/api/messages/${any}/claim/`, { agent_id: agent.id });
    else if (kind === "release") answer = await this.#try(agent, `/api/messages/${own}/release/`);
    else if (kind === "transfer") {
      const to = agents[below(agents.length)]?.id;
      answer = await this.#try(agent, `/api/messages/${own}/transfer/`, { to_agent_id: to });
    } else answer = await this.#try(agent, `/api/messages/${own}/reply/`, { agent_id: agent.id, text: "Verified." });
    const outcome = answer === null ? "unanswered" : answer.status === 200 ? "done" : String(answer.body.status);
    if (answer && answer.status >= 500 && answer.status !== 503) {
      throw new Failure(`${kind} answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 200)}`);
    }
    this.#acts[`${kind}: ${outcome}`] = (this.#acts[`${kind}: ${outcome}`] ?? 0) + 1;
  }

  /** null when there was no answer: what was asked may have been done or not, the auditor will see. */
  async #try(agent: Player, path: string, body?: unknown): Promise<HttpAnswer | null> {
    try {
      return await this.#client.call({ method: "POST", path, token: agent.token, body });
    } catch {
      await pause(100);
      return null;
    }
  }

  async #pull(agent: Player): Promise<{ held: number[]; fresh: number[] }> {
    const from = performance.now();
    const answer = await this.#post(agent, "/api/agent/tickets/assign/");
    this.#times.push(performance.now() - from);
    const held = answer.body.assigned_tickets as number[];
    this.#mostHeld = Math.max(this.#mostHeld, held.length);
    return { held, fresh: answer.body.newly_assigned as number[] };
  }

  async #close(agent: Player, id: number): Promise<void> {
    await this.#post(agent, `/api/messages/${id}/reply/`, { agent_id: agent.id, text: "Verified." });
  }

  /** A call that has to succeed, soon. */
  async #post(agent: Player, path: string, body?: unknown): Promise<HttpAnswer> {
    const until = performance.now() + answerWithinMs;
    for (;;) {
      const answer = await this.#try(agent, path, body);
      if (answer?.status === 200) return answer;
      const again = answer === null || answer.status === 503;
      if (!again || performance.now() > until) {
        throw new Failure(
          `POST ${path} answered ${answer?.status ?? "nothing"}: ${JSON.stringify(answer?.body ?? {})}`,
        );
      }
    }
  }
}
