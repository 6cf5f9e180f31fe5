import type { UserState } from "../db/queries/read-users.js";
import type { Actor } from "../domain/policy.js";

/** Who calls: the actor that commands decide by, and a customer's outside id. */
export interface Caller {
  actor: Actor;
  userId: string | null;
}

/** The caller that a user is. */
export function callerOf(user: UserState, kind: "user" | "demo"): Caller {
  return { actor: { kind, id: user.id, role: user.role, name: user.name }, userId: user.userId };
}
