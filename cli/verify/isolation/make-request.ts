import type { ApiDocument, DocumentedRoute } from "../api-document.js";
import type { ProbeCall } from "../probe.js";
import { chatField, chatIds, chatOwner, isChat, isChatHidden } from "./chat-choices.js";
import { mayRead, type Owned, type Visibility } from "./rules.js";
import { sampleJson } from "./sample-json.js";
import type { Actor, IsolationStage } from "./stage.js";

/** A request with what the oracle needs to know of it. */
export interface IsolationCall extends ProbeCall {
  actor: Actor;
  route: DocumentedRoute;
  /** The same call about something that nobody has; null: it was about nothing foreign. The two must be answered alike. */
  twin: ProbeCall | null;
  /** The customer that the call is about, where it names one. */
  customerId: number | null;
}

type IdKind = "own" | "foreign" | "unknown" | "huge" | "negative" | "odd";
const idKinds: readonly IdKind[] = [
  "own",
  "own",
  "own",
  "foreign",
  "foreign",
  "foreign",
  "unknown",
  "huge",
  "negative",
  "odd",
];
const odd = ["0", "00", "x", "1e3", "9007199254740993", "%20", "1.0", "null", "me", "1%00"];
/** Above all that a desk has, below what an id may be. */
const unknownFrom = 4_000_000_000_000;

/** Paths with an id, by what is there: a ticket is seen from three sides. */
const ticketPaths = /^\/api\/(messages|admin\/tickets|agent\/tickets\/sell)\/\{id\}/;
/** What changes or removes whole objects: tried on what the run made for that, never on who plays. */
const onMadeOnly =
  /^(PUT|PATCH|DELETE) \/api\/(users|agents|api-keys|canned|webhooks|deliveries|queues|bot-prompts)\/|^DELETE /;

/** Something is said in a conversation that the body names, or leaves out. */
const saysInBody = /^\/api\/(user|bot)-response\/$/;

/** Makes up requests: every actor on every route, with ids, queries and bodies of its own and of others. */
export class RequestMaker {
  readonly #stage: IsolationStage;
  readonly #document: ApiDocument;
  readonly #below: (limit: number) => number;
  readonly #visibility: Visibility;
  #count = 0;

  constructor(
    stage: IsolationStage,
    document: ApiDocument,
    given: { below: (limit: number) => number; visibility: Visibility },
  ) {
    this.#stage = stage;
    this.#document = document;
    this.#below = given.below;
    this.#visibility = given.visibility;
  }

  next(): IsolationCall {
    this.#count++;
    const actor = this.#one(this.#stage.actors);
    const route = this.#one(this.#document.routes);
    const target = this.#target(actor, route);
    const customerId = this.#customerOf(target.id);
    const query = this.#query(actor, route);
    const body = route.body === null ? undefined : JSON.stringify(this.#body(actor, route, target.id));
    const headers = { ...actor.headers, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const call = {
      method: route.method,
      path: `${target.path}${query}`,
      headers,
      ...(body === undefined ? {} : { body }),
    };
    const twin = target.twin === null ? this.#twinByBody(call, actor) : { ...call, path: `${target.twin}${query}` };
    return { ...call, actor, route, twin, customerId: customerId ?? this.#namedIn(body) };
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  /** The path with its parameter filled in; `twin` is the path of something unknown where this one is foreign. */
  #target(actor: Actor, { name, path }: DocumentedRoute): { path: string; twin: string | null; id: number | null } {
    const parameter = /\{(\w+)\}/.exec(path)?.[1];
    if (parameter === undefined) return { path, twin: null, id: null };
    const whole = path.replace("{user_id}", String(this.#one(this.#stage.agentIds)));
    const at = (value: string) => whole.replace(`{${parameter}}`, value);
    if (parameter === "name")
      return { path: at(this.#one([this.#queueMade(), "no-such-queue", "x", "%00"])), twin: null, id: null };
    if (parameter !== "id")
      return { path: at(this.#one(["index.html", "..%2f..%2fpackage.json", "x"])), twin: null, id: null };
    const kind = this.#one(idKinds);
    const unknown = String(unknownFrom + this.#below(1_000_000));
    if (kind === "unknown") return { path: at(unknown), twin: null, id: null };
    if (kind === "huge")
      return { path: at(this.#one(["9007199254740991", "9".repeat(30), "9223372036854775808"])), twin: null, id: null };
    if (kind === "negative") return { path: at(`-${1 + this.#below(1000)}`), twin: null, id: null };
    if (kind === "odd") return { path: at(this.#one(odd)), twin: null, id: null };
    const ids = this.#idsOn(actor, name, path, kind);
    const id = ids.length === 0 ? null : this.#one(ids);
    if (id === null) return { path: at(unknown), twin: null, id: null };
    return {
      path: at(String(id)),
      twin: kind === "foreign" && this.#isHidden(actor, id, path) ? at(unknown) : null,
      id,
    };
  }

  /** A customer that continues somebody else's ticket must learn no more than from one that nobody has. */
  #twinByBody(call: ProbeCall, actor: Actor): ProbeCall | null {
    if (actor.party !== "customer" || !call.body?.includes('"reply_to"')) return null;
    const body = JSON.parse(call.body) as { reply_to: number };
    const owner = this.#stage.tickets.get(body.reply_to);
    if (owner === undefined || owner === actor.id) return null;
    return { ...call, body: JSON.stringify({ ...body, reply_to: unknownFrom + this.#below(1000) }) };
  }

  /** Whether that ticket or customer is none of the actor's business: as good as none. */
  #isHidden(actor: Actor, id: number, path: string): boolean {
    const { tickets } = this.#stage;
    if (isChatHidden(this.#stage, actor, path, id)) return true;
    if (actor.party === "customer") return ticketPaths.test(path) && tickets.get(id) !== actor.id;
    return this.#isSealedFrom(actor) && this.#isSealed(id, path);
  }

  #isSealed(id: number, path: string): boolean {
    const { sealed } = this.#stage;
    return ticketPaths.test(path)
      ? id === sealed.ticketId
      : path.startsWith("/api/customers/") && id === sealed.customerId;
  }

  /** Whether AGENT_VISIBILITY hides what is sealed from that agent. */
  #isSealedFrom(actor: Actor): boolean {
    const sealed: Owned = { label: "sealed", ownerId: 0, queue: this.#stage.queues.b };
    return actor.party === "agent" && !mayRead(actor, sealed, this.#visibility);
  }

  #idsOn(actor: Actor, name: string, path: string, kind: "own" | "foreign"): readonly number[] {
    const { tickets, customers, agentIds, made, sealed } = this.#stage;
    const collection = path.slice(0, path.indexOf("{"));
    const looksOnly = name.startsWith("GET");
    const hasNoRight = actor.party === "customer" || this.#isSealedFrom(actor);
    const chats = chatIds(this.#stage, actor, { name, path }, kind);
    if (chats && (!onMadeOnly.test(name) || hasNoRight)) return chats;
    if (onMadeOnly.test(name)) return made.get(collection) ?? [];
    if (ticketPaths.test(path)) {
      const isOwn = (owner: number) => actor.party !== "customer" || owner === actor.id;
      const ids = [...tickets].filter(([, owner]) => isOwn(owner) === (kind === "own")).map(([id]) => id);
      // A sealed ticket is only looked at, or tried by who has no right to it.
      return kind === "foreign" && (looksOnly || hasNoRight) ? [...ids, sealed.ticketId] : ids;
    }
    if (collection === "/api/customers/") {
      const ids = customers.map(({ id }) => id);
      return looksOnly || hasNoRight ? [...ids, sealed.customerId] : ids;
    }
    if (collection === "/api/agents/") return agentIds;
    if (collection === "/api/users/") return [...agentIds, ...customers.map(({ id }) => id)];
    return made.get(collection) ?? [];
  }

  #query(actor: Actor, route: DocumentedRoute): string {
    const pairs = route.query
      .filter(() => this.#below(5) < 2)
      .map(({ name, schema }) => {
        const options = { resolve: this.#document.resolve, below: this.#below, fill: () => undefined };
        const value = this.#queryValue(actor, name) ?? sampleJson(schema, options);
        return `${name}=${encodeURIComponent(String(value))}`;
      });
    return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
  }

  #queryValue(actor: Actor, name: string): string | number | undefined {
    const { marks, customers, conversations, agentIds, queues } = this.#stage;
    switch (name) {
      case "search":
      case "q":
        return this.#one([
          marks.draw(this.#below) ?? "loan",
          marks.draw(this.#below) ?? "loan",
          marks.run,
          "loan",
          "Sealed",
          "%",
        ]);
      case "user_id":
        return this.#one(customers).userId;
      case "agent_id":
      case "actor_id":
        return this.#agentId(actor);
      case "assigned_to":
        return this.#one(["me", "none", String(this.#one(agentIds))]);
      case "stream":
        return this.#one(["agents", "desk", `conversation:${this.#one([...conversations.keys()])}`]);
      case "queue":
        return this.#one([queues.a, queues.b]);
      case "cursor":
        return this.#one(["", "x", Buffer.from(`{"id":${this.#below(100_000)}}`).toString("base64url")]);
      case "limit":
        return this.#one([1, 50, 200, 0, 201]);
      default:
        return undefined;
    }
  }

  #body(actor: Actor, route: DocumentedRoute, targetId: number | null): unknown {
    const { conversations, threads, apart } = this.#stage;
    const named = this.#userId(actor);
    const about = this.#one([...conversations.keys(), ...threads.keys(), apart.threadId]);
    const owned = this.#ownerOfText(actor, route, { targetId, userId: named, about });
    const fill = (field: string) => this.#field(field, actor, route, { userId: named, about, owned });
    return sampleJson(route.body ?? {}, { resolve: this.#document.resolve, below: this.#below, fill });
  }

  /** Whose the words of the body will be once they are stored. */
  #ownerOfText(
    actor: Actor,
    { name, path }: DocumentedRoute,
    { targetId, userId, about }: { targetId: number | null; userId: string; about: number },
  ): Owned {
    if (actor.party === "customer") return { label: "customer", ownerId: actor.id ?? 0 };
    if (name.endsWith("/notes/") || name.endsWith("/urgency/")) return { label: "note", ownerId: 0 };
    if (path.startsWith("/api/bot-prompts/")) return { label: "public", ownerId: 0 };
    // A thread's title is for all who take part.
    if (name === "POST /api/chat/threads/") return { label: "customer", ownerId: this.#takingPart(userId) };
    const talkId = saysInBody.test(path) ? about : targetId;
    const chat = isChat(path) && talkId !== null ? chatOwner(this.#stage, path, talkId) : null;
    if (chat) return { label: "customer", ownerId: chat };
    const target = this.#customerOf(targetId);
    if (target !== null && (ticketPaths.test(path) || path.startsWith("/api/customers/"))) {
      return { label: "customer", ownerId: target };
    }
    const isIntake = name === "POST /api/messages/" || name === "POST /api/admin/tickets/";
    if (!isIntake) return { label: "staff", ownerId: 0 };
    return { label: "customer", ownerId: this.#stage.customers.find((one) => one.userId === userId)?.id ?? -1 };
  }

  #field(
    field: string,
    actor: Actor,
    { path }: DocumentedRoute,
    { userId, about, owned }: { userId: string; about: number; owned: Owned },
  ): unknown {
    const { marks, queues, tickets, agentIds, made } = this.#stage;
    const word = () => marks.make(owned);
    const customer = actor.party === "customer" ? (actor.id ?? 0) : this.#takingPart(userId);
    const chat = isChat(path)
      ? chatField(this.#stage, actor, { path, field, customer, about }, (items) => this.#one(items))
      : undefined;
    if (chat !== undefined) return chat;
    switch (field) {
      case "agent_id":
        return this.#agentId(actor);
      case "to_agent_id":
        return this.#one(agentIds);
      case "user_id":
        return userId;
      case "reply_to":
        return this.#one([...tickets.keys(), unknownFrom + this.#below(1000)]);
      case "canned_id":
        return this.#one([...(made.get("/api/canned/") ?? []), unknownFrom]);
      case "name":
        return path.startsWith("/api/queues/") ? this.#queueName() : `verify ${marks.run} ${word()}`;
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
        return `verify ${word()} loan`;
      default:
        return undefined;
    }
  }

  #agentId(actor: Actor): number {
    const others = [...this.#stage.agentIds, unknownFrom + this.#below(1000)];
    return actor.party === "agent" && this.#below(3) > 0 ? (actor.id ?? 0) : this.#one(others);
  }

  #userId(actor: Actor): string {
    const { customers, marks } = this.#stage;
    if (actor.userId !== null && this.#below(2) === 0) return actor.userId;
    return this.#below(4) === 0 ? `verify-${marks.run}-new-${this.#count}` : this.#one(customers).userId;
  }

  /** The customer of a thread that staff opens. */
  #takingPart(userId: string): number {
    const { customers } = this.#stage;
    return (customers.find((one) => one.userId === userId) ?? customers[0])?.id ?? 0;
  }

  #queueName(): string {
    return `verify-${this.#stage.marks.run}-q${this.#count}`;
  }

  #queueMade(): string {
    return `verify-${this.#stage.marks.run}-q${this.#below(this.#count + 1)}`;
  }

  #customerOf(id: number | null): number | null {
    if (id === null) return null;
    return this.#stage.tickets.get(id) ?? this.#stage.customers.find((one) => one.id === id)?.id ?? null;
  }

  #namedIn(body: string | undefined): number | null {
    const named = this.#stage.customers.find(({ userId }) => body?.includes(`"${userId}"`));
    return named?.id ?? null;
  }
}
