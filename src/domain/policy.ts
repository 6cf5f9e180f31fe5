import { Refusal } from "./errors.js";

export const roles = ["admin", "agent", "customer"] as const;
export type Role = (typeof roles)[number];

/**
 * Who calls. `user` holds a token; `api_key` is server-to-server intake; `demo` is a call without a token in the open
 * demo mode, which acts as the user that it names.
 */
export interface Actor {
  kind: "user" | "api_key" | "demo";
  /** The user's id; null for an API key. */
  id: number | null;
  role: Role;
  name: string;
}

/** Throws 403 unless the actor has one of the roles. */
export function requireRole(actor: Actor, ...allowed: Role[]): void {
  if (!allowed.includes(actor.role)) {
    throw new Refusal("forbidden", `This call is for ${allowed.join(" or ")}.`);
  }
}

/** An agent acts for itself, an admin for any (CONTRACT.md 0). Existence is checked before (404 comes first). */
export function requireOwnAgent(actor: Actor, agentId: number): void {
  requireRole(actor, "agent", "admin");
  if (actor.role === "agent" && actor.id !== agentId) {
    throw new Refusal("not_your_agent", "An agent acts for itself only.");
  }
}

/** A customer sees its own things only; staff sees all. */
export function maySeeCustomer(actor: Actor, customerId: number): boolean {
  return actor.role !== "customer" || actor.id === customerId;
}
