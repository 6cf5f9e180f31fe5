import type { ApiDocument, DocumentedRoute } from "../api-document.js";
import type { ProbeCall } from "../probe.js";
import { chatIds, isChatHidden } from "./chat-choices.js";
import { BodyMaker } from "./make-body.js";
import { mayRead, type Owned, type Visibility } from "./rules.js";
import { sampleJson } from "./sample-json.js";
import type { Actor, IsolationStage } from "./stage.js";
import { ticketPaths, unknownFrom } from "./ticket-paths.js";

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
const uploadPaths = "/api/uploads/";
/** What changes or removes whole objects: tried on what the run made for that, never on who plays. */
const onMadeOnly =
  /^(PUT|PATCH|DELETE) \/api\/(users|agents|api-keys|canned|webhooks|deliveries|queues|bot-prompts)\/|^DELETE /;

/** Makes up requests: every actor on every route, with ids, queries and bodies of its own and of others. */
export class RequestMaker {
  readonly #stage: IsolationStage;
  readonly #document: ApiDocument;
  readonly #below: (limit: number) => number;
  readonly #visibility: Visibility;
  readonly #bodies: BodyMaker;

  constructor(
    stage: IsolationStage,
    document: ApiDocument,
    given: { below: (limit: number) => number; visibility: Visibility },
  ) {
    this.#stage = stage;
    this.#document = document;
    this.#below = given.below;
    this.#visibility = given.visibility;
    this.#bodies = new BodyMaker(stage, document, given.below);
  }

  next(): IsolationCall {
    const actor = this.#one(this.#stage.actors);
    const route = this.#one(this.#document.routes);
    const target = this.#target(actor, route);
    const customerId = this.#bodies.customerOf(target.id);
    const query = this.#query(actor, route);
    const body = route.body === null ? undefined : JSON.stringify(this.#bodies.make(actor, route, target.id));
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
      return { path: at(this.#one([this.#bodies.queueMade(), "no-such-queue", "x", "%00"])), twin: null, id: null };
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

  /**
   * A customer that continues somebody else's ticket must learn no more than from one that nobody has; nor anybody who
   * attaches somebody else's upload.
   */
  #twinByBody(call: ProbeCall, actor: Actor): ProbeCall | null {
    const body = JSON.parse(call.body ?? "null") as { reply_to?: number; attachment_id?: number } | null;
    const unknown = () => unknownFrom + this.#below(1000);
    const uploader = this.#stage.uploads.get(body?.attachment_id ?? 0);
    if (uploader !== undefined && uploader !== actor.id) {
      return { ...call, body: JSON.stringify({ ...body, attachment_id: unknown() }) };
    }
    const owner = this.#stage.tickets.get(body?.reply_to ?? 0);
    if (actor.party !== "customer" || owner === undefined || owner === actor.id) return null;
    return { ...call, body: JSON.stringify({ ...body, reply_to: unknown() }) };
  }

  /** Whether that ticket or customer is none of the actor's business: as good as none. */
  #isHidden(actor: Actor, id: number, path: string): boolean {
    const { tickets } = this.#stage;
    if (isChatHidden(this.#stage, actor, path, id)) return true;
    if (path.startsWith(uploadPaths)) return this.#stage.apart.uploadIds.includes(id);
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
    const { tickets, customers, agentIds, made, sealed, uploads, apart } = this.#stage;
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
    if (collection === uploadPaths) {
      const own = [...uploads].flatMap(([id, uploader]) => (uploader === actor.id ? [id] : []));
      return kind === "own" ? own : apart.uploadIds;
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
    const { marks, customers, conversations, threads, agentIds, queues, apart } = this.#stage;
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
        return this.#bodies.agentId(actor);
      case "assigned_to":
        return this.#one(["me", "none", String(this.#one(agentIds))]);
      case "stream":
        return this.#one([
          ...["agents", "desk", `conversation:${this.#one([...conversations.keys()])}`],
          `conversation:${this.#one([...threads.keys(), apart.threadId])}`,
        ]);
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

  #namedIn(body: string | undefined): number | null {
    const named = this.#stage.customers.find(({ userId }) => body?.includes(`"${userId}"`));
    return named?.id ?? null;
  }
}
