import { randomBytes } from "node:crypto";
import type { Known } from "./arbitrary-of.js";
import type { ActorName } from "./request-arbitrary.js";

interface Account {
  id: number;
  token: string;
}

/** Objects that are kept there to be worked on: a message each is made of what the requests remove. */
const wanted = 12;

/**
 * What the requests are about: users of its own, whose tokens it holds, and the ids of what is on the desk now, read over
 * HTTP. Its own users are not among them, so that no request takes the fuzzer's own rights away.
 */
export class World implements Known {
  readonly #api: string;
  readonly #first: { email: string; password: string };
  readonly #own = new Set<unknown>();
  readonly #ids = new Map<string, (number | string)[]>();
  #accounts: Partial<Record<ActorName, Account>> = {};
  #userIds: string[] = [];
  /** Tickets that the agent holds: it is them that it may act on. */
  #held: number[] = [];

  /** `first` signs in as an admin. */
  constructor(api: string, first: { email: string; password: string }) {
    this.#api = api;
    this.#first = first;
  }

  tokenOf(actor: ActorName): string | undefined {
    if (actor === "nobody") return undefined;
    const token = this.#accounts[actor]?.token;
    if (actor !== "forged") return token;
    const [head, claims] = (this.#accounts.admin?.token ?? "").split(".");
    return `${head}.${claims}.${randomBytes(32).toString("base64url")}`;
  }

  pick(field: string, draw: number): number | string | undefined {
    const ids = this.#idsFor(field);
    return ids === undefined || ids.length === 0 ? undefined : ids[draw % ids.length];
  }

  /** Looks at what is there and makes what is missing; users whose tokens have ended get new ones. */
  async refresh(collections: readonly string[]): Promise<void> {
    await this.#signIn();
    const admin = this.#accounts.admin?.token;
    const waiting = await this.#call("GET", "/api/messages/?status=unassigned&limit=50", admin);
    for (let made = results(waiting).length; made < wanted; made++) {
      const body = { user_id: `fuzz-customer-${made}`, body: `Fuzz: when is my loan paid out? ${made}` };
      await this.#call("POST", "/api/messages/", admin, body);
    }
    const pulled = await this.#call("POST", "/api/agent/tickets/assign/", this.#accounts.agent?.token, {});
    this.#held = (pulled.body as { assigned_tickets?: number[] } | null)?.assigned_tickets ?? [];
    const n = randomBytes(4).toString("hex");
    if (this.#count("/api/canned/") < 4)
      await this.#call("POST", "/api/canned/", admin, { title: `Fuzz ${n}`, text: "Hello" });
    if (this.#count("/api/queues/") < 4)
      await this.#call("POST", "/api/queues/", admin, { name: `fuzz-${n}`, topics: [] });
    if (this.#count("/api/agents/") < 4) {
      await this.#call("POST", "/api/agents/", admin, { name: `Fuzz ${n}`, email: `fuzz-${n}@example.test` });
    }
    for (const path of collections) {
      const rows = results(await this.#call("GET", `${path}?limit=200`, admin));
      const ids = rows.map((row) => row.id ?? row.name).filter((id) => id !== undefined && !this.#own.has(id));
      this.#ids.set(path, ids as (number | string)[]);
      if (path === "/api/customers/") this.#userIds = rows.map((row) => String(row.user_id));
    }
  }

  #count(path: string): number {
    return this.#ids.get(path)?.length ?? 0;
  }

  #idsFor(field: string): readonly (number | string)[] | undefined {
    const messages = [
      ...this.#held,
      ...this.#held,
      ...this.#held,
      ...(this.#ids.get("/api/messages/") ?? []).slice(0, 50),
    ];
    if (field === "/api/messages/{id}") return messages;
    if (field.startsWith("/")) return this.#ids.get(field.replace(/\{\w+\}$/, "")) ?? messages;
    const agents = this.#ids.get("/api/agents/") ?? [];
    switch (field) {
      case "agent_id":
        return [this.#accounts.agent?.id ?? 0, this.#accounts.agent?.id ?? 0, ...agents.slice(0, 2)];
      case "to_agent_id":
        return agents;
      case "reply_to":
      case "message_id":
        return messages;
      case "canned_id":
        return this.#ids.get("/api/canned/");
      case "queue":
        return this.#ids.get("/api/queues/");
      case "user_id":
        return this.#userIds;
      default:
        return undefined;
    }
  }

  async #signIn(): Promise<void> {
    const admin = this.#accounts.admin?.token;
    if (admin && (await this.#call("GET", "/api/users/?limit=1", admin)).status === 200) {
      const agent = await this.#call("GET", "/api/agents/?limit=1", this.#accounts.agent?.token);
      const customer = await this.#call("GET", "/api/agents/?limit=1", this.#accounts.customer?.token);
      if (agent.status === 200 && customer.status === 403) return;
    }
    const { access } = await this.#session(this.#first);
    const n = randomBytes(4).toString("hex");
    const password = randomBytes(12).toString("hex");
    for (const role of ["admin", "agent", "customer"] as const) {
      const account = { role, name: `Fuzz ${role} ${n}`, email: `fuzz-${role}-${n}@example.test`, password };
      const extra = role === "customer" ? { user_id: `fuzz-${n}` } : {};
      const made = await this.#call("POST", "/api/users/", access, { ...account, ...extra });
      if (made.status !== 201)
        throw new Error(`POST /api/users/ answered ${made.status}: ${JSON.stringify(made.body)}`);
      const session = await this.#session({ email: account.email, password });
      this.#accounts[role] = { id: session.user.id, token: session.access };
      this.#own.add(session.user.id);
    }
  }

  async #session(by: { email: string; password: string }): Promise<{ access: string; user: { id: number } }> {
    const answer = await this.#call("POST", "/api/auth/login/", undefined, by);
    if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as { access: string; user: { id: number } };
  }

  async #call(
    method: string,
    path: string,
    token?: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${this.#api}${path}`, { method, headers, ...sent });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  }
}

function results({ body }: { body: unknown }): Record<string, unknown>[] {
  const held = typeof body === "object" && body !== null && "results" in body ? body.results : [];
  return Array.isArray(held) ? held : [];
}
