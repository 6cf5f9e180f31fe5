import { agentsStream, deskStream, type SequencedEvent } from "../contract/events.js";
import type { Actor } from "../domain/policy.js";
import { isNarrowed, type Sight, sightOf, type VisibilityMode } from "../domain/visibility.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

export interface AgentSightsOptions {
  /** The queues that agents list, by agent; who is no agent any more is not among them (db/queries/in-sight). */
  readQueues: (agentIds: readonly number[]) => Promise<ReadonlyMap<number, string[]>>;
  /** Not `all`: then there is nothing to keep. */
  mode: Exclude<VisibilityMode, "all">;
  logger: Logger;
  /** How often all are read again, ms; a change is seen within that time at the latest. */
  everyMs?: number;
}

/** Somebody to be told of its sight; told the same again it does nothing. */
interface Watcher {
  actor: Actor;
  see: (sight: Sight) => void;
}

/** A change of queues takes effect on sockets within that time, or nothing but the agent's own is shown, ms. */
const stalestMs = 5000;

/**
 * What the agents with a socket here see. In mode `queues` that changes with their lists: the event by which a change of
 * queues asks for work (`room_freed`, in the log and so never lost) has the agent's read at once, and all are read every
 * 3 s, one statement for all, for what no event tells (a queue renamed). While they cannot be read for 5 s and events
 * come all the same, each agent is shown its own tickets only. In mode `own` nothing changes, and nothing is read.
 */
export class AgentSights implements Service {
  readonly name = "sights";
  readonly #options: AgentSightsOptions;
  readonly #watchers = new Map<number, Set<Watcher>>();
  /** Agents that are to be read. */
  readonly #due = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | null = null;
  #failingSince: number | null = null;

  constructor(options: AgentSightsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#options.mode === "own") return;
    this.#timer = setInterval(() => this.#renew(this.#watchers.keys()), this.#options.everyMs ?? 3000);
    this.#timer.unref();
  }

  /** Ends after what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#watchers.clear();
    await this.#reading;
  }

  /** What of a stream is to be shown to who opens it; null: all of it, for as long as it is who it is. */
  async read(actor: Actor, stream: string): Promise<Sight | null> {
    const { readQueues, mode } = this.#options;
    if (stream !== agentsStream || !isNarrowed(actor, mode)) return null;
    const agentId = actor.id ?? 0;
    const lists = mode === "queues" ? await readQueues([agentId]) : null;
    return sightOf(actor, mode, lists?.get(agentId));
  }

  /** Tells of the actor's sight when it is read again, until the result is called. */
  watch(actor: Actor, see: (sight: Sight) => void): () => void {
    const agentId = actor.id ?? 0;
    const watcher = { actor, see };
    const watchers = this.#watchers.get(agentId) ?? new Set();
    this.#watchers.set(agentId, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(agentId) === watchers) this.#watchers.delete(agentId);
    };
  }

  /** Events of the log, before they are shown to anybody. */
  onEvents(events: readonly SequencedEvent[]): void {
    if (this.#options.mode === "own") return;
    if (this.#failingSince !== null && performance.now() - this.#failingSince > stalestMs) this.#narrowAll();
    const changed = events.flatMap(({ stream, type, payload }) =>
      stream === deskStream && type === "room_freed" && typeof payload.agent_id === "number" ? [payload.agent_id] : [],
    );
    if (changed.length > 0) this.#renew(changed);
  }

  #renew(agentIds: Iterable<number>): void {
    for (const agentId of agentIds) if (this.#watchers.has(agentId)) this.#due.add(agentId);
    if (this.#due.size === 0) return;
    this.#reading ??= this.#readDue().finally(() => {
      this.#reading = null;
    });
  }

  /** One read at a time, so that no older one is told after a newer one. */
  async #readDue(): Promise<void> {
    while (this.#due.size > 0) {
      const agentIds = [...this.#due];
      this.#due.clear();
      try {
        const lists = await this.#options.readQueues(agentIds);
        if (this.#failingSince !== null) this.#options.logger.info("agents' queues are read again");
        this.#failingSince = null;
        for (const agentId of agentIds) this.#tell(agentId, lists);
      } catch (error) {
        if (this.#failingSince === null) this.#options.logger.warn({ err: error }, "agents' queues cannot be read");
        this.#failingSince ??= performance.now();
        // The next look reads all.
        return;
      }
    }
  }

  #tell(agentId: number, lists: ReadonlyMap<number, string[]>): void {
    const { mode } = this.#options;
    for (const { actor, see } of [...(this.#watchers.get(agentId) ?? [])])
      see(sightOf(actor, mode, lists.get(agentId)));
  }

  #narrowAll(): void {
    for (const agentId of [...this.#watchers.keys()]) this.#tell(agentId, new Map());
  }
}
