import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { deleteAgent } from "../../../src/commands/delete-agent.js";
import { deleteTicket } from "../../../src/commands/delete-ticket.js";
import { GatheredPulls } from "../../../src/commands/gathered-pulls.js";
import { GatheredReplies } from "../../../src/commands/gathered-replies.js";
import { receiveMessage } from "../../../src/commands/receive-message.js";
import { releaseTicket } from "../../../src/commands/release-ticket.js";
import { reopenTicket } from "../../../src/commands/reopen-ticket.js";
import { sellTicket } from "../../../src/commands/sell-ticket.js";
import { snoozeTicket } from "../../../src/commands/snooze-ticket.js";
import { transferTicket } from "../../../src/commands/transfer-ticket.js";
import { updateAgent } from "../../../src/commands/update-agent.js";
import { wakeSnoozed } from "../../../src/commands/wake-snoozed.js";
import type { Database } from "../../../src/db/database.js";
import { Refusal } from "../../../src/domain/errors.js";
import type { Actor } from "../../../src/domain/policy.js";
import { admin, type Desk, fills } from "../../support/desk.js";
import type { Action, DeskModel } from "./ticket-model.js";

/** The real desk behind a model: which rows stand for which of the model's places. */
export interface ModelDesk {
  /** Does what the model did, and says what it came to in the model's words. */
  act(action: Action): Promise<string>;
  /** How the real tickets stand, in the model's terms; what the model cannot know (the clock) is left out. */
  look(): Promise<unknown[]>;
}

const nowhere = 1;
let runs = 0;

export async function openModelDesk(db: Database, desk: Desk, capacities: readonly number[]): Promise<ModelDesk> {
  runs++;
  const agents: Actor[] = [];
  for (const capacity of capacities) agents.push(await desk.agent({ capacity }));
  const tickets: { id: number; customer: number }[] = [];
  const replies = new GatheredReplies({ db, wake: () => undefined, flushRows: 256, queueMax: 10 });
  const pulls = new GatheredPulls({ db, wake: () => undefined, queueMax: 10 });
  const agentId = (place: number) => agents[place]?.id ?? nowhere;
  const placeOf = (id: number | null) => (id === null ? null : agents.findIndex((agent) => agent.id === id));
  const actor = (by: number | "admin") => (by === "admin" ? admin : (agents[by] as Actor));
  const userId = (customer: number) => `run${runs}-${customer}`;
  const remember = (id: number, customer: number) => {
    if (!tickets.some((one) => one.id === id)) tickets.push({ id, customer });
    return `ticket ${tickets.findIndex((one) => one.id === id)}`;
  };
  const versionOf = async (id: number) =>
    (await db.pool.query<{ version: number }>("SELECT version FROM tickets WHERE id = $1", [id])).rows[0]?.version ?? 0;

  const acts = async (action: Action): Promise<string> => {
    const ticketId = "ticket" in action ? (tickets[action.ticket]?.id ?? nowhere) : nowhere;
    switch (action.kind) {
      case "write":
        return remember(await desk.message({ userId: userId(action.customer) }), action.customer);
      case "goOn": {
        const customer = tickets[action.ticket]?.customer ?? 0;
        const said = { userId: userId(customer), body: "And?", replyTo: ticketId };
        return remember((await receiveMessage(desk.as(admin), said)).ticketId, customer);
      }
      case "claim": {
        const input = { ticketId, agentId: agentId(action.agent) };
        const outcome = await claimTicket(desk.as(actor(action.agent)), input);
        if (outcome.kind === "claimed") return `claimed v${outcome.version}`;
        if (outcome.kind !== "already_claimed") return outcome.kind;
        return `already_claimed by ${placeOf(outcome.by.agentId)} v${outcome.version}`;
      }
      case "reply": {
        const { agent, keepOpen, seen } = action;
        const current = await versionOf(ticketId);
        const version = { any: undefined, current, old: current - 1 }[seen];
        await replies.reply(desk.as(actor(agent)), {
          ticketId,
          agentId: agentId(agent),
          text: "Yes.",
          keepOpen,
          version,
        });
        return "done";
      }
      case "sell":
        await sellTicket(desk.as(actor(action.agent)), { ticketId, agentId: agentId(action.agent) });
        return "done";
      case "release":
        await releaseTicket(desk.as(actor(action.by)), { ticketId });
        return "done";
      case "transfer":
        await transferTicket(desk.as(actor(action.by)), { ticketId, toAgentId: agentId(action.to) });
        return "done";
      case "snooze":
        await snoozeTicket(desk.as(actor(action.by)), { ticketId, until: new Date(Date.now() + 3_600_000) });
        return "done";
      case "reopen":
        await reopenTicket(desk.as(actor(action.by)), { ticketId });
        return "done";
      // A clock cannot be moved, what it says of a ticket can.
      case "snoozeEnds":
      case "daysPass": {
        const { rows } = await db.pool.query(
          action.kind === "snoozeEnds"
            ? "UPDATE tickets SET snoozed_until = CASE WHEN snoozed_until IS NOT NULL THEN now() END WHERE id = $1 RETURNING id"
            : "UPDATE tickets SET closed_at = closed_at - interval '100 h' WHERE id = $1 RETURNING id",
          [ticketId],
        );
        return rows.length > 0 ? "done" : "message_not_found";
      }
      case "wake":
        return `woke ${await wakeSnoozed(desk.as(admin), 100)}`;
      case "pull": {
        const { taken } = await pulls.pull(fills(db), agentId(action.agent));
        return `took ${taken.map((id) => tickets.findIndex((one) => one.id === id)).join(",")}`;
      }
      case "capacity":
        await updateAgent(desk.as(admin), { agentId: agentId(action.agent), capacity: action.capacity });
        return "done";
      case "removeAgent":
        return `gave back ${(await deleteAgent(desk.as(admin), { agentId: agentId(action.agent) })).givenBack}`;
      case "delete":
        await deleteTicket(desk.as(admin), { ticketId });
        return "done";
    }
  };

  return {
    act: async (action) => {
      try {
        return await acts(action);
      } catch (error) {
        if (error instanceof Refusal) return error.code;
        throw error;
      }
    },
    look: async () => {
      const { rows } = await db.pool.query<{ id: number; owner: number | null; preferred: number | null }>(
        `SELECT id, status, assignee_id AS owner, version, follow_ups AS "followUps", preferred_agent_id AS preferred,
                first_unanswered_at IS NULL AS answered,
                CASE WHEN snoozed_until IS NULL THEN 'no' WHEN snoozed_until <= now() THEN 'over' ELSE 'later' END AS snooze
         FROM tickets WHERE id = ANY($1::bigint[])`,
        [tickets.map((one) => one.id)],
      );
      return tickets.map(({ id }) => {
        const row = rows.find((one) => one.id === id);
        if (!row) return null;
        return { ...row, id: undefined, owner: placeOf(row.owner), preferred: placeOf(row.preferred) };
      });
    },
  };
}

/** The model's tickets as `look` shows the real ones. */
export function shown(model: DeskModel): unknown[] {
  return model.tickets.map((ticket) => {
    if (!ticket) return null;
    const { status, owner, version, followUps, preferred, since, snooze } = ticket;
    const over = snooze === null ? "no" : snooze === "later" ? "later" : "over";
    return { id: undefined, status, owner, version, followUps, preferred, answered: since === null, snooze: over };
  });
}
