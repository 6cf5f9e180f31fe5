import { z } from "zod";
import { urgencySchema } from "./messages.js";
import { id, time } from "./primitives.js";

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
