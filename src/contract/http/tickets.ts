import { z } from "zod";
import { urgencyLevels } from "../../domain/ticket.js";
import { messageTextMax } from "./message-requests.js";
import { urgencySchema } from "./messages.js";
import { boundedText, cursor, id, limit, outsideId, page, time } from "./primitives.js";

/** A ticket in the words of seed 002. It is the same row as the Message of that id (CONTRACT.md 2). */
export const ticketSchema = z
  .object({
    id,
    title: z.string(),
    description: z.string(),
    status: z.enum(["unassigned", "assigned", "sold", "closed"]),
    is_sold: z.boolean(),
    urgency: urgencySchema.nullable().meta({ description: "null until it is scored" }),
    due_at: time,
    assigned_to: id.nullable(),
    assigned_at: time.nullable(),
    version: z.int(),
    created_at: time,
  })
  .meta({ id: "Ticket" });
export type TicketView = z.infer<typeof ticketSchema>;

/** All that an agent holds after a pull, in queue order. */
export const assignedSchema = z
  .object({
    assigned_tickets: z.array(id),
    tickets: z.array(ticketSchema),
    count: z.int(),
    capacity: z.int(),
    newly_assigned: z.array(id),
  })
  .meta({ id: "AssignedTickets" });

/** What a ticket is to its admins. `in_progress` is taken for `assigned`. */
const ticketViewStatuses = ["unassigned", "assigned", "sold", "closed"] as const;
export type TicketViewStatus = (typeof ticketViewStatuses)[number];

export const ticketPageSchema = page(ticketSchema).meta({ id: "TicketPage" });

export const listTicketsQuery = z.object({
  status: z
    .string()
    .transform((text, context) => {
      const folded = text.trim().toLowerCase();
      const named = /^in[\s_-]?progress$/.test(folded) ? "assigned" : folded;
      const status = ticketViewStatuses.find((known) => known === named);
      if (status) return status;
      context.addIssue({ code: "custom", message: `is none of ${ticketViewStatuses.join(", ")}` });
      return z.NEVER;
    })
    .optional()
    .meta({ enum: [...ticketViewStatuses] }),
  limit,
  cursor: cursor.optional(),
});

const ticketTitle = boundedText(300);
const description = boundedText(messageTextMax);
const priority = z
  .enum(urgencyLevels, `is none of ${urgencyLevels.join(", ")}`)
  .nullable()
  .meta({ description: "the least level that it has, whatever its text says; null: none" });

/** A whole ticket, to put in place of one: a priority that is left out is taken away. */
export const replaceTicketRequest = z
  .object({ title: ticketTitle, description, priority: priority.optional() })
  .meta({ id: "ReplaceTicket" });

/** What is to change of a ticket. */
export const updateTicketRequest = replaceTicketRequest.partial().meta({ id: "UpdateTicket" });

export const createTicketRequest = replaceTicketRequest
  .extend({
    user_id: outsideId.optional().meta({ description: "left out: a customer of its own, `ticket-<uuid>`" }),
  })
  .meta({ id: "CreateTicket" });
