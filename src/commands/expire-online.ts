import type { AgentPresence } from "../contract/agent-presence.js";
import { expire, findExpired } from "../db/queries/agent-liveness.js";
import { countHeld } from "../db/queries/lock-agent.js";
import { inTransaction } from "../db/transaction.js";
import type { CommandContext } from "./context.js";

/**
 * Sets agents offline that were not heard of since their `online_until`, at most `limit`; their tickets stay with them.
 * Nothing is pushed to them in any case: it is for those who look. Returns how each stands now.
 */
export async function expireOnline(ctx: Pick<CommandContext, "db">, limit: number): Promise<AgentPresence[]> {
  const silent = await findExpired(ctx.db.kysely, limit);
  if (silent.length === 0) return [];
  return inTransaction(ctx.db, async (tx) => {
    const gone: AgentPresence[] = [];
    for (const agentId of await expire(tx, silent)) {
      gone.push({ agentId, availability: "offline", openTickets: await countHeld(tx, agentId) });
    }
    return gone;
  });
}
