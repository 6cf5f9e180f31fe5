import { z } from "zod";
import { ticketStatuses } from "../../domain/ticket.js";
import { postableText, withText } from "./chat-requests.js";
import { cursor, id, idInput, limit, optionalText, page, time } from "./primitives.js";

/** A conversation as who takes part sees it (CONTRACT.md 3). */
export const conversationSchema = z
  .object({
    id,
    title: z.string(),
    kind: z.enum(["support", "direct", "bot"]),
    created_by: id.nullable(),
    participants: z.array(
      z.object({ user_id: id, name: z.string(), role: z.string(), joined_at: time, last_read_at: time.nullable() }),
    ),
    last_message_at: time.nullable(),
    is_archived: z.boolean(),
    unread_count: z.int(),
    ticket_id: id.nullable(),
    ticket_status: z.enum(ticketStatuses).nullable().meta({ description: "of a support case: how its ticket stands" }),
    job_id: id.nullable(),
    created_at: time,
  })
  .meta({ id: "Conversation" });
export type ConversationView = z.infer<typeof conversationSchema>;

export const conversationPageSchema = page(conversationSchema).meta({ id: "ConversationPage" });

export const listConversationsQuery = z.object({
  archived: z.enum(["true", "false"], "must be true or false").optional(),
  limit,
  cursor: cursor.optional(),
});

export const updateConversationRequest = z
  .object({ title: optionalText(300).optional(), is_archived: z.boolean("must be true or false").optional() })
  .meta({ id: "UpdateConversation" });

export const addParticipantRequest = z.object({ user_id: idInput }).meta({ id: "AddParticipant" });

/** What a customer says, in a conversation that it names or in a new one. */
export const userResponseRequest = postableText
  .extend({ conversation_id: idInput.nullish().meta({ description: "left out: a new conversation is opened" }) })
  .transform(withText)
  .meta({ id: "UserResponse" });

export const userResponseSchema = z.object({ conversation_id: id, message_id: id }).meta({ id: "UserResponded" });
