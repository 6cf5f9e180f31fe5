import { sql } from "kysely";
import { appendEvents } from "../db/outbox.js";
import { recordAssignment } from "../db/queries/claim-ticket.js";
import { activeAgentName } from "../db/queries/lock-agent.js";
import { Refusal } from "../domain/errors.js";
import { requireOwnAgent } from "../domain/policy.js";
import { recordActForAnother } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { takeTicketInHand } from "./locked-ticket.js";
import { assignJob, versionEvents } from "./ticket-events.js";

/**
 * Sells a ticket (seed 002): its owner closes it without a word to the customer. Throws `ticket_not_found`,
 * `agent_not_found`, `not_your_agent`, `already_closed`, and `not_assigned_to_you` with the name of who has it, empty
 * when nobody has.
 */
export async function sellTicket(
  ctx: CommandContext,
  input: { ticketId: number; agentId: number },
): Promise<{ ticketId: number }> {
  const { ticketId, agentId } = input;
  return transact(ctx, async (tx) => {
    const { ticket, ownerName } = await takeTicketInHand(tx, ticketId, "ticket");
    const name = await activeAgentName(tx, agentId);
    if (name === null) throw new Refusal("agent_not_found", "There is no such agent.");
    requireOwnAgent(ctx.actor, agentId);
    if (ticket.status === "closed") throw new Refusal("already_closed", "This ticket is closed.");
    if (ticket.assigneeId !== agentId) {
      throw new Refusal("not_assigned_to_you", "This ticket is not assigned to this agent.", { by: ownerName ?? "" });
    }
    const version = ticket.version + 1;
    await tx
      .updateTable("tickets")
      .set({
        status: "closed",
        closed_at: sql<Date>`now()`,
        sold_at: sql<Date>`now()`,
        snoozed_until: null,
        first_unanswered_at: null,
        follow_ups: 0,
        version,
        updated_at: sql<Date>`now()`,
      })
      .where("id", "=", ticketId)
      .execute();
    const history = { ticketId, from: agentId, to: null, why: "sell", version };
    await recordAssignment(tx, { ...history, requestId: ctx.requestId });
    const changed = { ...ticket, status: "closed" as const, version };
    await appendEvents(tx, versionEvents(changed, name, "sell", {}, assignJob(ticketId)), ctx.requestId);
    await recordActForAnother(tx, ctx, agentId, {
      action: "ticket.sell",
      subject: { kind: "ticket", id: ticketId },
      after: { agent_id: agentId, version },
    });
    return { ticketId };
  });
}
