import { agentsStream, conversationStream, type EventPayloads, type Stage } from "../contract/events.js";
import { type OutboxEvent, outboxEvent } from "../db/outbox.js";
import type { TicketStatus } from "../domain/ticket.js";

/** A ticket as it stands after a change. */
export interface ChangedTicket {
  id: number;
  conversationId: number;
  status: TicketStatus;
  assigneeId: number | null;
  version: number;
  queue: string;
}

type Update = EventPayloads["message_update"];

/** What an update tells beside how the ticket stands; `was`: where it stood, if it left a queue or its owner. */
export type UpdateExtra = Pick<Update, "urgency" | "due_at" | "was" | "out_of_order">;

/** The job of a change after which work may be given out: a ticket waits that did not, or an agent has room again. */
export function assignJob(ticketId: number): { stage: Stage; subjectId: number } {
  return { stage: "assign", subjectId: ticketId };
}

/** The `message_update` that tells the agents of a change, and the job that the change causes. */
export function messageUpdate(
  ticket: ChangedTicket,
  reason: string,
  extra: UpdateExtra = {},
  job?: { stage: Stage; subjectId: number },
): OutboxEvent {
  return outboxEvent({
    stream: agentsStream,
    type: "message_update",
    payload: {
      message_id: ticket.id,
      status: ticket.status,
      assigned_to: ticket.assigneeId,
      version: ticket.version,
      reason,
      queue: ticket.queue,
      ...extra,
    },
    ...(job ? { job } : {}),
  });
}

/** Both announcements of a rise of `version`: to the agents, and to those in the conversation. */
export function versionEvents(
  ticket: ChangedTicket,
  assigneeName: string | null,
  reason: string,
  extra: UpdateExtra = {},
  job?: { stage: Stage; subjectId: number },
): OutboxEvent[] {
  return [
    messageUpdate(ticket, reason, extra, job),
    outboxEvent({
      stream: conversationStream(ticket.conversationId),
      type: "ticket",
      payload: {
        ticket_id: ticket.id,
        status: ticket.status,
        assigned_to: ticket.assigneeId === null ? null : { id: ticket.assigneeId, name: assigneeName ?? "" },
        version: ticket.version,
      },
    }),
  ];
}
