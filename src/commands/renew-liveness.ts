import { renewCalls, renewSockets } from "../db/queries/agent-liveness.js";
import type { CommandContext } from "./context.js";

/**
 * These agents have a socket: they are alive, and online for 15 s more if they are online at all. In one statement.
 * Returns those that the desk had taken for gone; `agentConnected` brings each back.
 */
export async function renewLiveness(ctx: Pick<CommandContext, "db">, agentIds: readonly number[]): Promise<number[]> {
  return agentIds.length === 0 ? [] : renewSockets(ctx.db, agentIds);
}

/**
 * These users called with tokens of their own: a sign of life of those that are agents, and a renewal for the lease time
 * (minutes, 0: for ever) of those that are online by a call. In one statement.
 */
export async function recordSightings(
  ctx: Pick<CommandContext, "db">,
  input: { userIds: readonly number[]; leaseMinutes: number },
): Promise<void> {
  if (input.userIds.length > 0) await renewCalls(ctx.db, input.userIds, input.leaseMinutes);
}
