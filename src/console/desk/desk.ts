import type { AgentView } from "../../contract/http/agents.js";
import type { CannedView } from "../../contract/http/canned.js";
import type { QueueView } from "../../contract/http/queues.js";
import type { QueueStatsView } from "../../contract/http/stats.js";
import { asCallError } from "../http/call-error.js";
import { type DeskCalls, deskCalls } from "../http/desk-calls.js";
import { HttpClient } from "../http/http-client.js";
import type { Session, SessionUser } from "../http/session.js";
import { LiveClient, type LiveState } from "../live/live-client.js";
import type { SocketConstructor } from "../live/socket-like.js";
import type { ServerFrame } from "../live/stream-log.js";
import { Drafts, type TextStorage } from "./drafts.js";
import { MissingRows } from "./missing-rows.js";
import { Observable } from "./observable.js";
import { OutgoingQueue } from "./outgoing.js";
import type { TicketFilter } from "./ticket-list.js";
import { TicketStore } from "./ticket-store.js";
import { Watchers } from "./watchers.js";

export interface DeskOptions {
  session: Session;
  user: SessionUser;
  fetch: typeof fetch;
  socket: SocketConstructor;
  /** `ws://host`, without a path. */
  socketBase: string;
  storage: TextStorage;
  newKey: () => string;
  /** Makes what groups changes: each store has its own. */
  schedule: () => (run: () => void) => void;
}

const pageSize = 100;
const statsEveryMs = 3000;

/** All that an agent's console knows and does: it follows the stream of all tickets, and keeps the rest fresh by it. */
export class Desk extends Observable {
  readonly user: SessionUser;
  readonly calls: DeskCalls;
  readonly http: HttpClient;
  readonly tickets: TicketStore;
  readonly watchers: Watchers;
  readonly outgoing: OutgoingQueue;
  readonly drafts: Drafts;
  readonly options: DeskOptions;
  readonly #live: LiveClient;
  readonly #missing: MissingRows;
  #statsTimer: ReturnType<typeof setTimeout> | null = null;
  #listCall: AbortController | null = null;
  readonly #redraftListeners = new Set<{ ticketId: number; listener: () => void }>();
  readonly #backListeners = new Set<() => void>();
  #greeted = false;
  agents: ReadonlyMap<number, AgentView> = new Map();
  canned: readonly CannedView[] = [];
  queues: readonly QueueView[] = [];
  stats: readonly QueueStatsView[] = [];
  state: LiveState = "connecting";
  isListLoading = false;
  /** What the last fetch of the list came to, if it failed. */
  listFault: string | null = null;

  constructor(options: DeskOptions) {
    super(options.schedule());
    this.options = options;
    this.user = options.user;
    this.http = new HttpClient(options.session, options.fetch);
    this.calls = deskCalls(this.http, options.user.id);
    this.drafts = new Drafts(options.storage, options.user.id);
    this.#missing = new MissingRows({
      fetchOne: (id) => this.#quietly(async () => this.tickets.take([await this.calls.message(id)])),
      fetchAll: async () => void (await Promise.all([this.#loadMine(), this.#fetchPage(undefined)])),
    });
    this.tickets = new TicketStore({
      me: options.user.id,
      fetchRow: (id) => this.#missing.ask(id),
      schedule: options.schedule(),
    });
    this.watchers = new Watchers(options.user.id);
    this.outgoing = new OutgoingQueue({
      calls: this.calls,
      storage: options.storage,
      userId: options.user.id,
      newKey: options.newKey,
      onSent: ({ ticketId }) => this.#missing.ask(ticketId),
    });
    this.#live = new LiveClient({
      socket: options.socket,
      onFrame: (frame) => this.#take(frame),
      onHello: () => {
        this.outgoing.retryNow();
        // Later ones resume where they were; the first has to be told what was before it.
        if (!this.#greeted) void this.reload();
        this.#greeted = true;
      },
      onResync: () => void this.reload(),
      onState: (state) => {
        this.state = state;
        this.changed();
      },
    });
  }

  /** Whether the user can hold tickets: an admin that is no agent only looks on. */
  get isAgent(): boolean {
    return this.agents.has(this.user.id);
  }

  get me(): AgentView | undefined {
    return this.agents.get(this.user.id);
  }

  /** Calls back when the draft of a ticket was written by something else than its composer. */
  onRedraft(ticketId: number, listener: () => void): () => void {
    const entry = { ticketId, listener };
    this.#redraftListeners.add(entry);
    return () => this.#redraftListeners.delete(entry);
  }

  /** The draft of a ticket was written: its composer reads it. */
  redraft(ticketId: number): void {
    for (const entry of this.#redraftListeners) if (entry.ticketId === ticketId) entry.listener();
  }

  start(): void {
    const { session, socketBase } = this.options;
    this.#live.connect(`${socketBase}/ws/agents/?batch=1`, { token: () => session.token() });
    void this.#loadRest();
  }

  /** The network is back, or somebody looks again: nothing waits for its next try. */
  reconnectNow(): void {
    this.#live.reconnectNow();
    this.outgoing.retryNow();
    for (const listener of this.#backListeners) listener();
  }

  /** Calls back when what lost its connection is to come back at once; returns what ends it. */
  onBack(listener: () => void): () => void {
    this.#backListeners.add(listener);
    return () => this.#backListeners.delete(listener);
  }

  stop(): void {
    this.#live.close();
    this.#listCall?.abort();
    this.#missing.stop();
    if (this.#statsTimer) clearTimeout(this.#statsTimer);
  }

  nameOf(agentId: number | null): string {
    return agentId === null ? "" : (this.agents.get(agentId)?.name ?? `#${agentId}`);
  }

  /** Shows another list. */
  show(filter: TicketFilter): void {
    this.tickets.show(filter);
    void this.loadPage();
  }

  /** Fetches the list's next page, or its first one. */
  async loadPage(): Promise<void> {
    const { list } = this.tickets;
    if (list.next === null || (this.isListLoading && list.next !== undefined)) return;
    await this.#fetchPage(list.next);
  }

  /** Fetches all lists anew: what they show stays until the answers are here. */
  async reload(): Promise<void> {
    await Promise.all([this.#loadMine(), this.#fetchPage(undefined), this.loadAgents(), this.#loadStats()]);
  }

  async loadAgents(): Promise<void> {
    await this.#quietly(async () => {
      const agents = await this.calls.agents();
      this.agents = new Map(agents.map((agent) => [agent.id, agent]));
    });
  }

  async loadCanned(): Promise<void> {
    await this.#quietly(async () => {
      this.canned = await this.calls.cannedReplies();
    });
  }

  async #loadRest(): Promise<void> {
    await Promise.all([
      this.loadCanned(),
      this.#quietly(async () => {
        this.queues = await this.calls.queues();
      }),
    ]);
  }

  async #loadMine(): Promise<void> {
    await this.#quietly(async () => {
      const query = { assigned_to: "me", status: "in_progress", order: "queue", limit: 200 } as const;
      this.tickets.takeMine((await this.calls.messages(query)).results);
    });
  }

  async #fetchPage(cursor: string | undefined): Promise<void> {
    const { list } = this.tickets;
    this.#listCall?.abort();
    const call = new AbortController();
    this.#listCall = call;
    this.isListLoading = true;
    list.awaitPage();
    this.changed();
    const { status, level, topic, queue, search } = list.filter;
    const order = search !== "" ? {} : { order: status === "closed" ? ("newest" as const) : ("queue" as const) };
    const query = { status, level, topic, queue, search, ...order, limit: pageSize };
    try {
      const page = await this.calls.messages(cursor === undefined ? query : { ...query, cursor }, call.signal);
      if (this.tickets.list === list) {
        this.tickets.takePage(list, page.results, page.next, cursor === undefined);
        this.listFault = null;
      }
    } catch (error) {
      if (!call.signal.aborted) this.listFault = asCallError(error).message;
    } finally {
      if (this.#listCall === call) {
        this.isListLoading = false;
        this.changed();
      }
    }
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case "agent_presence": {
        const agent = this.agents.get(Number(frame.agent_id));
        if (!agent) break;
        const { availability, open_tickets } = frame as unknown as AgentView;
        this.agents = new Map(this.agents).set(agent.id, { ...agent, availability, open_tickets });
        this.changed();
        break;
      }
      case "ticket_presence":
        this.watchers.apply(frame);
        break;
      case "canned_changed":
        void this.loadCanned();
        break;
      case "messages_imported":
        void this.#fetchPage(undefined);
        this.#wantStats();
        break;
      default:
        this.tickets.apply(frame);
        this.#wantStats();
    }
  }

  #wantStats(): void {
    this.#statsTimer ??= setTimeout(() => {
      this.#statsTimer = null;
      void this.#loadStats();
    }, statsEveryMs);
  }

  async #loadStats(): Promise<void> {
    await this.#quietly(async () => {
      this.stats = (await this.calls.queueStats()).results;
    });
  }

  /** What is fetched in the background and fails comes with the next occasion. */
  async #quietly(run: () => Promise<void>): Promise<void> {
    try {
      await run();
      this.changed();
    } catch (error) {
      if (!asCallError(error).isPassing) this.changed();
    }
  }
}
