import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { recordAssignment, takeWaitingTicket } from "../db/queries/claim-ticket.js";
import { agentName, countHeld, lockAgent } from "../db/queries/lock-agent.js";
import { type ClaimOutcome, decideClaim } from "../domain/claim.js";
import { Refusal } from "../domain/errors.js";
import { requireOwnAgent } from "../domain/policy.js";
import { invariant } from "../runtime/invariant.js";
import { recordActForAnother } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { versionEvents } from "./ticket-events.js";

/** A ticket that is freed again and again while somebody claims it: more rounds than that have never been needed. */
const rounds = 5;

/**
 * Claims a waiting ticket for an agent. Exactly one of any number of claims wins; the others learn who did. The owner
 * again is the same answer. Throws `message_not_found`, `agent_not_found`, `not_your_agent`.
 */
export async function claimTicket(
  ctx: CommandContext,
  input: { ticketId: number; agentId: number },
): Promise<ClaimOutcome> {
  return transact(ctx, async (tx) => {
    const agent = await lockAgent(tx, input.agentId);
    if (!agent) {
      await requireTicket(tx, input.ticketId);
      throw new Refusal("agent_not_found", "There is no such agent.");
    }
    requireOwnAgent(ctx.actor, input.agentId);
    for (let round = 0; round < rounds; round++) {
      const held = await countHeld(tx, agent.id);
      const taken = held < agent.capacity ? await takeWaitingTicket(tx, input.ticketId, agent.id) : null;
      if (taken) {
        const ticket = {
          id: input.ticketId,
          conversationId: taken.conversationId,
          status: "in_progress" as const,
          assigneeId: agent.id,
          version: taken.version,
          queue: taken.queue,
        };
        await recordAssignment(tx, {
          ticketId: ticket.id,
          from: null,
          to: agent.id,
          why: "claim",
          version: ticket.version,
          requestId: ctx.requestId,
        });
        await appendEvents(tx, versionEvents(ticket, agent.name, "claim"), ctx.requestId);
        await recordActForAnother(tx, ctx, agent.id, {
          action: "ticket.claim",
          subject: { kind: "ticket", id: ticket.id },
          after: { assigned_to: agent.id, version: ticket.version },
        });
        return { kind: "claimed", ticketId: ticket.id, agentId: agent.id, version: ticket.version };
      }
      const ticket = await requireTicket(tx, input.ticketId);
      const holder =
        ticket.assigneeId === null
          ? null
          : { agentId: ticket.assigneeId, name: (await agentName(tx, ticket.assigneeId)) ?? "" };
      // Counted after the ticket was read: it may have been this agent's own, and have made it full, when it was counted
      // first. Under the agent's lock a count can only fall, so one that is full now was full when the ticket was read.
      const heldNow = ticket.status === "unassigned" ? await countHeld(tx, agent.id) : held;
      const outcome = decideClaim(ticket, holder, agent.id, { held: heldNow, capacity: agent.capacity });
      if (outcome.kind !== "undecided") return outcome;
    }
    invariant(false, "a claim found the ticket free and could not take it, five times");
  });
}

async function requireTicket(tx: Tx, ticketId: number) {
  const row = await tx
    .selectFrom("tickets")
    .select(["id", "status", "assignee_id as assigneeId", "version"])
    .where("id", "=", ticketId)
    .executeTakeFirst();
  if (!row) throw new Refusal("message_not_found", "There is no such message.");
  return row;
}
