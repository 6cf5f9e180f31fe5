import { sql } from "kysely";
import { lockAnyAgent } from "../db/queries/lock-agent.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { giveBackTickets } from "./give-back-tickets.js";

/**
 * Removes an agent: all that it holds, snoozed or not, waits again with its age kept, its tokens end, its address is
 * free. Its row stays under its name, which closed tickets and messages go on to show. Under its lock, so that whoever is
 * giving it a ticket did so before, and then this takes it back, or finds no agent. For admins. Throws
 * `agent_not_found`. Returns how many tickets it gave back.
 */
export async function deleteAgent(ctx: CommandContext, input: { agentId: number }): Promise<{ givenBack: number }> {
  requirePermission(ctx.actor, "agent.write");
  return transact(ctx, async (tx) => {
    const agent = await lockAnyAgent(tx, input.agentId);
    if (!agent) throw new Refusal("agent_not_found", "There is no such agent.");
    const givenBack = await giveBackTickets(tx, ctx, agent, { only: "all", why: "agent_removed" });
    await tx
      .updateTable("agents")
      .set({
        availability: "offline",
        availability_by: "system",
        deleted_at: sql<Date>`now()`,
        updated_at: sql<Date>`now()`,
      })
      .where("id", "=", agent.id)
      .execute();
    await tx.deleteFrom("agent_queues").where("agent_id", "=", agent.id).execute();
    await tx.deleteFrom("refresh_tokens").where("user_id", "=", agent.id).execute();
    await tx
      .updateTable("users")
      .set((eb) => ({
        email: null,
        password_hash: null,
        disabled_at: sql<Date>`now()`,
        token_version: eb("token_version", "+", 1),
        updated_at: sql<Date>`now()`,
      }))
      .where("id", "=", agent.id)
      .execute();
    await recordAudit(tx, ctx, {
      action: "agent.delete",
      subject: { kind: "agent", id: agent.id },
      before: { name: agent.name, capacity: agent.capacity },
      after: { tickets_given_back: givenBack },
    });
    return { givenBack };
  });
}
