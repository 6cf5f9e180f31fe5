import type { ApiDocument, DocumentedRoute } from "../api-document.js";
import { chatField, chatOwners, isChat } from "./chat-choices.js";
import type { Owned } from "./rules.js";
import { sampleJson } from "./sample-json.js";
import type { Actor, IsolationStage } from "./stage.js";
import { ticketPaths, unknownFrom } from "./ticket-paths.js";

/** Makes up bodies: every field that its route takes, with ids of its own and of others, every text marked with whose it is. */
export class BodyMaker {
  readonly #stage: IsolationStage;
  readonly #document: ApiDocument;
  readonly #below: (limit: number) => number;
  #count = 0;

  constructor(stage: IsolationStage, document: ApiDocument, below: (limit: number) => number) {
    this.#stage = stage;
    this.#document = document;
    this.#below = below;
  }

  /** A body for that route, about that target where its path names one. */
  make(actor: Actor, route: DocumentedRoute, targetId: number | null): unknown {
    this.#count++;
    const named = this.#userId(actor);
    const owned = this.#ownerOfText(actor, route, targetId, named);
    const fill = (field: string) => this.#field(field, actor, route, named, owned);
    const body = sampleJson(route.body ?? {}, { resolve: this.#document.resolve, below: this.#below, fill });
    return route.name === "POST /api/chat/threads/" ? this.#titled(actor, body as Record<string, unknown>) : body;
  }

  /** A thread's title is for the customer in it, whoever opens it. */
  #titled(actor: Actor, body: Record<string, unknown>): Record<string, unknown> {
    const named = Array.isArray(body.participant_ids) ? body.participant_ids : [body.client_id, body.freelancer_id];
    const customer = this.#stage.customers.find(({ id }) => id === actor.id || named.includes(id));
    if (body.title === undefined || !customer) return body;
    const mark = this.#stage.marks.make({ label: "customer", ownerId: customer.id });
    return { ...body, title: `verify ${mark} loan` };
  }

  /** Whose the words of the body will be once they are stored. */
  #ownerOfText(actor: Actor, { name, path }: DocumentedRoute, targetId: number | null, userId: string): Owned {
    const [first, ...others] = isChat(path) && targetId !== null ? (chatOwners(this.#stage, path, targetId) ?? []) : [];
    const inChat: Owned | null = first === undefined ? null : { label: "customer", ownerId: first, alsoFor: others };
    if (actor.party === "customer") {
      const takesPart = inChat !== null && [first, ...others].includes(actor.id ?? 0);
      return takesPart ? inChat : { label: "customer", ownerId: actor.id ?? 0 };
    }
    if (name.endsWith("/notes/") || name.endsWith("/urgency/")) return { label: "note", ownerId: 0 };
    if (inChat) return inChat;
    const target = this.customerOf(targetId);
    if (target !== null && (ticketPaths.test(path) || path.startsWith("/api/customers/"))) {
      return { label: "customer", ownerId: target };
    }
    if (path.startsWith("/api/bot-prompts/")) return { label: "open", ownerId: 0 };
    const isIntake = name === "POST /api/messages/" || name === "POST /api/admin/tickets/";
    if (!isIntake) return { label: "staff", ownerId: 0 };
    return { label: "customer", ownerId: this.#stage.customers.find((one) => one.userId === userId)?.id ?? -1 };
  }

  #field(field: string, actor: Actor, { path }: DocumentedRoute, userId: string, owned: Owned): unknown {
    const { marks, queues, tickets, agentIds, made } = this.#stage;
    const word = () => marks.make(owned);
    const chat = isChat(path) ? chatField(this.#stage, actor, { path, field }, (items) => this.#one(items)) : undefined;
    if (chat !== undefined) return chat;
    switch (field) {
      case "agent_id":
        return this.agentId(actor);
      case "to_agent_id":
        return this.#one(agentIds);
      case "user_id":
        return userId;
      case "reply_to":
        return this.#one([...tickets.keys(), unknownFrom + this.#below(1000)]);
      case "canned_id":
        return this.#one([...(made.get("/api/canned/") ?? []), unknownFrom]);
      case "name":
        if (path.startsWith("/api/queues/")) return this.#queueName();
        // Those who share a thread with a customer see its name there.
        return `verify ${marks.run} ${marks.make({ ...owned, alsoFor: this.#stage.peers.get(owned.ownerId) ?? [] })}`;
      case "topics":
        return [];
      case "queues":
        return [this.#one([queues.a, queues.b])];
      case "capacity":
        return this.#below(4);
      case "email":
        return `${word()}@verify.invalid`;
      case "password":
        return `verify ${marks.run} ${this.#below(1_000_000)}`;
      case "until":
        return new Date(Date.now() + 3_600_000).toISOString();
      case "refresh":
        return Buffer.from(`verify ${this.#count}`).toString("base64url");
      case "variables":
      case "attributes":
        return { plan: word() };
      case "phone":
      case "shortcut":
        return word();
      case "title":
      case "text":
      case "body":
      case "description":
      case "subject":
      case "reason":
      case "message":
      case "note":
        return `verify ${word()} loan`;
      default:
        return undefined;
    }
  }

  /** An agent: where one calls, mostly itself. */
  agentId(actor: Actor): number {
    const others = [...this.#stage.agentIds, unknownFrom + this.#below(1000)];
    return actor.party === "agent" && this.#below(3) > 0 ? (actor.id ?? 0) : this.#one(others);
  }

  #userId(actor: Actor): string {
    const { customers, marks } = this.#stage;
    if (actor.userId !== null && this.#below(2) === 0) return actor.userId;
    return this.#below(4) === 0 ? `verify-${marks.run}-new-${this.#count}` : this.#one(customers).userId;
  }

  #queueName(): string {
    return `verify-${this.#stage.marks.run}-q${this.#count}`;
  }

  /** The name of a queue that may have been made. */
  queueMade(): string {
    return `verify-${this.#stage.marks.run}-q${this.#below(this.#count + 1)}`;
  }

  /** The customer that is meant by that id of a ticket or a customer. */
  customerOf(id: number | null): number | null {
    if (id === null) return null;
    return this.#stage.tickets.get(id) ?? this.#stage.customers.find((one) => one.id === id)?.id ?? null;
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }
}
