import { type CrashGround, type CrashPerson, cannedSays } from "./ground.js";
import { type Act, type ActKind, actKinds, type Ledger } from "./ledger.js";
import type { ActCall, ActSender } from "./send-act.js";
import type { BoardTicket, TicketBoard } from "./ticket-board.js";

export interface ActParts {
  ground: CrashGround;
  board: TicketBoard;
  ledger: Ledger;
  sender: ActSender;
  below: (limit: number) => number;
}

/** Of a hundred acts of agents, how many are of each kind. */
const weights: Partial<Record<ActKind, number>> = {
  claim: 28,
  reply: 28,
  keep_open: 6,
  canned: 8,
  pull: 8,
  transfer: 6,
  release: 5,
  snooze: 5,
  reopen: 6,
};
const deck = actKinds.flatMap((kind) => Array.from({ length: weights[kind] ?? 0 }, () => kind));
/** One act in so many carries an Idempotency-Key. */
const keyedOneIn = 3;
const texts = [
  "When will my loan be disbursed?",
  "I was charged twice, please refund me urgently!",
  "My account is locked and I cannot log in.",
  "Somebody took a loan in my name, this is fraud.",
  "Thank you, it works now.",
  "Why was my application rejected again? I need it by tomorrow.",
];

/** What the load does: each method does one thing, chosen by chance, and resolves when it is settled. Never rejects. */
export class Acts {
  readonly #parts: ActParts;

  constructor(parts: ActParts) {
    this.#parts = parts;
  }

  /** A customer writes: mostly something new, sometimes on with what it wrote before. */
  async customerWrites(): Promise<void> {
    const { ground, board, below } = this.#parts;
    const known = below(6) === 0 ? board.any(below(4) === 0 ? "closed" : "owned", below) : null;
    const index = known?.customer ?? below(ground.customers.length);
    const customer = ground.customers[index];
    if (!customer) return;
    const act = this.#begin(known ? "reply_to" : "intake", { ticketId: known?.id ?? null });
    const body = {
      user_id: customer.userId,
      body: act.text,
      // Its replies go by the run's own webhook.
      channel: ground.run,
      ...(known ? { reply_to: known.id } : {}),
    };
    const answer = await this.#send(act, { path: "/api/messages/", token: customer.token, body });
    if (answer) board.opened(Number(answer.id), index);
  }

  /** An agent does something. */
  async agentActs(): Promise<void> {
    const { below } = this.#parts;
    const kind = deck[below(deck.length)] ?? "claim";
    if (kind === "pull") await this.#pull();
    else if (kind === "claim") await this.#claim();
    else if (kind === "reopen") await this.#reopen();
    else await this.#onOwned(kind);
  }

  /** An agent answers a ticket and closes it. */
  async close(ticketId: number, agent: CrashPerson): Promise<void> {
    const act = this.#begin("reply", { ticketId, agentId: agent.id });
    const body = { agent_id: agent.id, text: act.text };
    const answer = await this.#send(act, { path: `/api/messages/${ticketId}/reply/`, token: agent.token, body });
    if (answer) this.#parts.board.moved(ticketId, "closed", agent.id);
  }

  #anyone(): CrashPerson | null {
    const { ground, below } = this.#parts;
    return ground.agents[below(ground.agents.length)] ?? null;
  }

  #agent(id: number | null): CrashPerson | null {
    return this.#parts.ground.agents.find((agent) => agent.id === id) ?? null;
  }

  async #pull(): Promise<void> {
    const agent = this.#anyone();
    if (!agent) return;
    const act = this.#begin("pull", { agentId: agent.id });
    await this.#send(act, { path: "/api/agent/tickets/assign/", token: agent.token, body: {} });
    for (const id of act.given) this.#parts.board.moved(id, "owned", agent.id);
    const { capacity } = this.#parts.ground;
    if (act.given.length > capacity)
      this.#parts.ledger.finding(`a pull gave ${act.given.length} of at most ${capacity}`);
  }

  /** Mostly one agent, sometimes three at the same moment. */
  async #claim(): Promise<void> {
    const { board, below } = this.#parts;
    const ticket = board.any(below(8) === 0 ? "owned" : "waiting", below);
    if (!ticket) return;
    const claims = Array.from({ length: below(4) === 0 ? 3 : 1 }, async () => {
      const agent = this.#anyone();
      if (!agent) return;
      const act = this.#begin("claim", { ticketId: ticket.id, agentId: agent.id });
      const path = `/api/messages/${ticket.id}/claim/`;
      const answer = await this.#send(act, { path, token: agent.token, body: { agent_id: agent.id } });
      if (answer) board.moved(ticket.id, "owned", agent.id);
    });
    await Promise.all(claims);
  }

  async #reopen(): Promise<void> {
    const { board, below } = this.#parts;
    const ticket = board.any("closed", below);
    const agent = this.#agent(ticket?.agentId ?? null);
    if (!ticket || !agent) return;
    const act = this.#begin("reopen", { ticketId: ticket.id, agentId: agent.id });
    const answer = await this.#send(act, { path: `/api/messages/${ticket.id}/reopen/`, token: agent.token, body: {} });
    if (answer) board.moved(ticket.id, "waiting", null);
  }

  /** What is done with an owned ticket: by its owner, or now and then by somebody else, who must be refused (I6). */
  async #onOwned(kind: ActKind): Promise<void> {
    const { board, below } = this.#parts;
    const ticket = board.any("owned", below);
    const agent = below(12) === 0 ? this.#anyone() : this.#agent(ticket?.agentId ?? null);
    if (!ticket || !agent) return;
    if (kind === "reply") return this.close(ticket.id, agent);
    const to = kind === "transfer" ? this.#anyone() : null;
    const act = this.#begin(kind, { ticketId: ticket.id, agentId: agent.id, toAgentId: to?.id ?? null });
    const answer = await this.#send(act, { ...this.#callOn(kind, act, ticket, agent, to), token: agent.token });
    if (!answer) return;
    if (kind === "canned") board.moved(ticket.id, "closed", agent.id);
    if (kind === "release") board.moved(ticket.id, "waiting", null);
    if (kind === "transfer" && to) board.moved(ticket.id, "owned", to.id);
  }

  #callOn(
    kind: ActKind,
    act: Act,
    { id }: BoardTicket,
    agent: CrashPerson,
    to: CrashPerson | null,
  ): Omit<ActCall, "token"> {
    const { ground, below } = this.#parts;
    switch (kind) {
      case "keep_open":
        return { path: `/api/messages/${id}/reply/`, body: { agent_id: agent.id, text: act.text, keep_open: true } };
      case "canned": {
        const variables = { mark: act.requestId };
        return {
          path: `/api/messages/${id}/canned/`,
          body: { agent_id: agent.id, canned_id: ground.cannedId, variables },
        };
      }
      case "transfer":
        return { path: `/api/messages/${id}/transfer/`, body: { to_agent_id: to?.id } };
      case "snooze": {
        const until = new Date(Date.now() + 2000 + below(4000)).toISOString();
        return { path: `/api/messages/${id}/snooze/`, body: { until } };
      }
      default:
        return { path: `/api/messages/${id}/${kind}/`, body: {} };
    }
  }

  #begin(kind: ActKind, about: Partial<Pick<Act, "ticketId" | "agentId" | "toAgentId">>): Act {
    const { ground, ledger, below } = this.#parts;
    const name = `${ground.run}-${ledger.acts.length}`;
    const speaks = kind === "intake" || kind === "reply_to" || kind === "reply" || kind === "keep_open";
    const said = speaks ? `${texts[below(texts.length)]} (${name})` : null;
    const text = kind === "canned" ? cannedSays(name) : said;
    return ledger.begin({
      ...{ kind, requestId: name, text, ticketId: null, agentId: null, toAgentId: null },
      ...about,
      key: below(keyedOneIn) === 0 ? `key-${name}` : null,
    });
  }

  #send(act: Act, call: ActCall): Promise<Record<string, unknown> | null> {
    return this.#parts.sender.send(act, call);
  }
}
