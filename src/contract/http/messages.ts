import { z } from "zod";
import { ticketStatuses, urgencyLevels } from "../../domain/ticket.js";
import { customerSchema } from "./customers.js";
import { id, page, time } from "./primitives.js";

/** What a message's urgency is and why: the terms' weights, with their place in the body. */
export const urgencySchema = z
  .object({
    score: z.int().min(0).max(100),
    level: z.enum(urgencyLevels),
    topic: z.string(),
    terms: z.array(z.object({ term: z.string(), stem: z.string(), weight: z.number(), start: z.int(), end: z.int() })),
    model: z.string(),
  })
  .meta({ id: "Urgency" });

/** The reply that closed a message. */
export const replySchema = z
  .object({
    id,
    agent_id: id.nullable(),
    text: z.string(),
    canned_id: id.nullable(),
    created_at: time,
    delivery: z.enum(["pending", "sent", "failed"]),
  })
  .meta({ id: "Reply" });
export type ReplyView = z.infer<typeof replySchema>;

/** A ticket seen through its first message: `id` is the ticket's id (CONTRACT.md 1). */
export const messageSchema = z
  .object({
    id,
    user_id: z.string(),
    body: z.string(),
    status: z.enum(ticketStatuses),
    urgency: urgencySchema.nullable().meta({ description: "null until it is scored" }),
    queue: z.string(),
    due_at: time,
    snoozed_until: time.nullable().meta({ description: "owned, and put aside until then" }),
    assigned_to: id.nullable(),
    assigned_at: time.nullable(),
    version: z.int(),
    conversation_id: id,
    customer: customerSchema,
    reply: replySchema.nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: "Message" });
export type MessageView = z.infer<typeof messageSchema>;

/** Where a search found its words: offsets of UTF-16 code units in `text`, never markup. */
export const highlightSchema = z
  .object({
    field: z.enum(["body", "reply", "customer"]),
    text: z.string(),
    marks: z.array(z.tuple([z.int(), z.int()])),
  })
  .meta({ id: "Highlight" });
export type HighlightView = z.infer<typeof highlightSchema>;

/** A message in a list; a search adds where it found its words. */
export const listedMessageSchema = messageSchema
  .extend({ highlights: z.array(highlightSchema).optional() })
  .meta({ id: "ListedMessage" });
export type ListedMessageView = z.infer<typeof listedMessageSchema>;

export const messagePageSchema = page(listedMessageSchema).meta({ id: "MessagePage" });

/** A customer with its latest tickets. */
export const customerDetailSchema = customerSchema
  .extend({
    tickets: z.array(messageSchema),
    mail_bounced: z
      .object({ code: z.int(), answer: z.string(), bounced_at: time })
      .nullable()
      .meta({ description: "its address refused a mail for good, in its server's words: no more mail goes there" }),
  })
  .meta({ id: "CustomerDetail" });
