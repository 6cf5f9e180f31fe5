import { requirePermission } from "../domain/policy.js";
import type { CommandContext } from "./context.js";
import { createUser } from "./create-user.js";

export interface NewAgent {
  name: string;
  email: string;
  /** Without one it signs in by tokens only. */
  password?: string | undefined;
  /** Default: TICKET_CAPACITY. */
  capacity?: number | undefined;
  /** None: it serves all. */
  queues?: readonly string[] | undefined;
}

/** Adds an agent, offline. For admins. Throws `email_taken`, and `invalid_body` for a queue that is none. */
export async function createAgent(ctx: CommandContext, input: NewAgent): Promise<{ agentId: number }> {
  requirePermission(ctx.actor, "agent.write");
  const created = await createUser(ctx, {
    role: "agent",
    name: input.name,
    email: input.email,
    password: input.password ?? null,
    capacity: input.capacity ?? ctx.limits.TICKET_CAPACITY,
    queues: input.queues ?? [],
  });
  return { agentId: created.id };
}
