import { Refusal } from "./errors.js";

export const roles = ["admin", "agent", "customer"] as const;
export type Role = (typeof roles)[number];

/** What an API key can be made for; a key without the scope is no key at that door. */
export const keyScopes = ["messages:write"] as const;
export type KeyScope = (typeof keyScopes)[number];

/**
 * Who calls. `user` holds a token; `api_key` is server-to-server intake; `metrics` holds METRICS_TOKEN; `demo` is a call
 * without a token in the open demo mode, which acts as the user that it names; `cli` is whoever runs a command on the machine.
 */
export interface Actor {
  kind: "user" | "api_key" | "metrics" | "demo" | "cli";
  /** The user's id; null for who is no user. */
  id: number | null;
  role: Role;
  name: string;
  /** What an API key was made for. */
  scopes?: readonly KeyScope[];
}

/** Who stands at a door: a user by its role, or who shows something else than a user's token. */
export type Party = Role | "api_key" | "metrics" | "anyone";

/**
 * How far a party's permission goes.
 * - `any`: every row.
 * - `sight`: the tickets that AGENT_VISIBILITY lets it see, and what belongs to them.
 * - `self`: acts as itself only, on tickets in its sight.
 * - `held`: the tickets that it holds.
 * - `own`: what is about that customer itself; another's is as good as none.
 */
export type Reach = "any" | "sight" | "self" | "held" | "own";

/** Who may do what: the one table that every door asks. A party that is not named may not. */
export const policy = {
  "page.read": { anyone: "any" },
  "health.read": { anyone: "any" },
  "metrics.read": { admin: "any", metrics: "any" },
  "session.open": { anyone: "any" },
  "session.close": { admin: "own", agent: "own", customer: "own" },
  "customer.register": { anyone: "own" },

  "message.create": { customer: "own", admin: "any", api_key: "any" },
  "message.list": { agent: "sight", admin: "any" },
  "message.read": { customer: "own", agent: "sight", admin: "any" },
  "message.claim": { agent: "self", admin: "any" },
  "message.reply": { agent: "held", admin: "any" },
  "message.release": { agent: "held", admin: "any" },
  "message.transfer": { agent: "held", admin: "any" },
  "message.snooze": { agent: "held", admin: "any" },
  "message.reopen": { agent: "held", admin: "any" },
  "message.note": { agent: "sight", admin: "any" },
  "message.suggest": { agent: "sight", admin: "any" },
  "message.correct": { agent: "sight", admin: "any" },
  "message.presence": { agent: "self", admin: "any" },

  "batch.pull": { agent: "self", admin: "any" },
  "batch.sell": { agent: "held", admin: "any" },
  "ticket.read": { admin: "any" },
  "ticket.write": { admin: "any" },

  "canned.read": { agent: "any", admin: "any" },
  "canned.write": { agent: "any", admin: "any" },
  "agent.read": { agent: "any", admin: "any" },
  "agent.write": { admin: "any" },
  "agent.availability": { agent: "self", admin: "any" },
  "queue.read": { agent: "any", admin: "any" },
  "queue.write": { admin: "any" },
  "stats.read": { agent: "any", admin: "any" },
  "customer.read": { agent: "sight", admin: "any" },
  "customer.update": { agent: "sight", admin: "any" },
  "customer.erase": { admin: "any" },

  "user.read": { admin: "any" },
  "user.write": { admin: "any" },
  "api_key.read": { admin: "any" },
  "api_key.write": { admin: "any" },
  "webhook.read": { admin: "any" },
  "webhook.write": { admin: "any" },
  "delivery.read": { admin: "any" },
  "delivery.retry": { admin: "any" },

  "upload.create": { customer: "any", agent: "any", admin: "any" },
  "upload.read": { customer: "any", agent: "any", admin: "any" },
  "picture.show": { anyone: "any" },
  "bot.ask": { customer: "any", agent: "any", admin: "any" },
  "prompt.read": { customer: "any", agent: "any", admin: "any" },
  "prompt.write": { admin: "any" },
  "audit.read": { admin: "any" },
  "board.use": { admin: "any" },

  "agents_stream.watch": { agent: "sight", admin: "any" },
  "conversation.respond": { customer: "any", agent: "any", admin: "any" },
  "conversation.read": { customer: "any", agent: "any", admin: "any" },
  "conversation.write": { customer: "any", agent: "any", admin: "any" },
  "thread.read": { customer: "any", agent: "any", admin: "any" },
  "thread.write": { customer: "any", agent: "any", admin: "any" },
  "matter.decide": { admin: "any" },
  "chat.watch": { customer: "any", agent: "any", admin: "any" },
  "chat.type": { customer: "any", agent: "any", admin: "any" },
  "events.read": { customer: "any", agent: "any", admin: "any" },
} as const satisfies Record<string, Partial<Record<Party, Reach>>>;

/** A row of the table: a resource and what is done with it. */
export type Permission = keyof typeof policy;

/** What an API key needs for each permission that keys have. */
const scopeOf: Partial<Record<Permission, KeyScope>> = { "message.create": "messages:write" };

const rows: Readonly<Record<string, Readonly<Partial<Record<Party, Reach>>>>> = policy;

/** As whom the table knows an actor. */
export function partyOf(actor: Actor): Party {
  return actor.kind === "api_key" || actor.kind === "metrics" ? actor.kind : actor.role;
}

/** Whether the table has that row: a route without one does not start. */
export function isPermission(name: string): name is Permission {
  return Object.hasOwn(policy, name);
}

/** Whether anybody may, without showing anything. */
export function isOpen(permission: Permission): boolean {
  return rows[permission]?.anyone !== undefined;
}

/** Whether that party has the permission at all, whatever its reach. */
export function isFor(permission: Permission, party: Party): boolean {
  return rows[permission]?.[party] !== undefined;
}

/** How far the actor's permission goes; null: it has none. */
export function reachOf(actor: Actor, permission: Permission): Reach | null {
  const row = rows[permission];
  if (row?.anyone) return row.anyone;
  const party = partyOf(actor);
  const scope = scopeOf[permission];
  if (party === "api_key" && (scope === undefined || !actor.scopes?.includes(scope))) return null;
  return row?.[party] ?? null;
}

/** Throws 403 `forbidden` unless the actor has the permission. Answers how far it goes. */
export function requirePermission(actor: Actor, permission: Permission): Reach {
  const reach = reachOf(actor, permission);
  if (reach) return reach;
  const parties = Object.keys(rows[permission] ?? {}).filter((party) => party !== "metrics" && party !== "api_key");
  throw new Refusal("forbidden", `This call is for ${parties.join(" or ")}.`);
}

/** What a row is to who asks for it. What is left out is not asked for by that permission's reach. */
export interface Standing {
  /** The customer that it is about. */
  customerId?: number | null;
  /** The agent in whose name it is done. */
  agentId?: number | null;
  /** The agent that holds the ticket. */
  holderId?: number | null;
  /** Whether AGENT_VISIBILITY lets the actor see it. */
  inSight?: boolean;
}

/** Whether the actor may do that with the row at hand. */
export function mayOn(actor: Actor, permission: Permission, row: Standing): boolean {
  const reach = reachOf(actor, permission);
  if (reach === null) return false;
  if (reach === "any") return true;
  if (actor.id === null) return false;
  if (reach === "own") return row.customerId === actor.id;
  if (row.inSight === false) return false;
  if (reach === "self") return row.agentId === actor.id;
  if (reach === "held") return row.holderId === actor.id;
  return true;
}

/** An agent acts for itself, an admin for any (CONTRACT.md 0). Existence is checked before (404 comes first). */
export function requireOwnAgent(actor: Actor, agentId: number): void {
  if (!["agent", "admin"].includes(partyOf(actor))) {
    throw new Refusal("forbidden", "This call is for agent or admin.");
  }
  if (actor.role === "agent" && actor.id !== agentId) {
    throw new Refusal("not_your_agent", "An agent acts for itself only.");
  }
}
