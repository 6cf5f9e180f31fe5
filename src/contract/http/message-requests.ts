import { z } from "zod";
import { parseStatus, urgencyLevels } from "../../domain/ticket.js";
import { chatMessageSchema } from "./chat-messages.js";
import { messageSchema } from "./messages.js";
import { boundedText, cursor, id, idInput, limit, optionalText, outsideId } from "./primitives.js";

/** Most characters of one message. */
export const messageTextMax = 10_000;

const agentId = idInput.meta({ description: "who acts: the token's agent, or any when an admin calls" });

export const createMessageRequest = z
  .object({
    user_id: outsideId.optional().meta({ description: "left out: the customer whose token it is" }),
    body: boundedText(messageTextMax),
    channel: z
      .string("must be a text")
      .regex(/^[A-Za-z0-9._-]{1,50}$/, "must be 1 to 50 letters, digits or - _ .")
      .optional(),
    reply_to: idInput.optional().meta({ description: "a message of that customer that this one continues" }),
  })
  .meta({ id: "CreateMessage" });

export const listMessagesQuery = z.object({
  status: z
    .string()
    .transform((text, context) => {
      const status = parseStatus(text);
      if (status) return status;
      context.addIssue({ code: "custom", message: "is none of unassigned, in_progress, closed" });
      return z.NEVER;
    })
    .optional(),
  search: optionalText(1000).optional(),
  q: optionalText(1000).optional().meta({ description: "the same as search" }),
  assigned_to: z
    .string()
    .regex(/^(me|none|\d{1,15})$/, "is none of me, none, an agent's id")
    .optional(),
  level: z.enum(urgencyLevels, `is none of ${urgencyLevels.join(", ")}`).optional(),
  topic: optionalText(100).optional(),
  queue: optionalText(50).optional(),
  user_id: outsideId.optional(),
  order: z.enum(["queue", "newest", "oldest"], "is none of queue, newest, oldest").optional(),
  limit,
  cursor: cursor.optional(),
});
export type ListMessagesQuery = z.infer<typeof listMessagesQuery>;

/** A message with all that was said in its conversation: the latest 1,000 at most. */
export const messageDetailSchema = messageSchema
  .extend({ messages: z.array(chatMessageSchema) })
  .meta({ id: "MessageDetail" });

export const claimRequest = z.object({ agent_id: agentId }).meta({ id: "Claim" });

export const claimedSchema = z
  .object({
    status: z.literal("claimed"),
    message_id: id,
    claimed_by: z.string().meta({ description: "the agent's name" }),
    assigned_to: id,
    version: z.int(),
  })
  .meta({ id: "Claimed" });

const version = z.int("must be an integer").positive().max(2_147_483_647).optional();

export const replyRequest = z
  .object({
    agent_id: agentId,
    text: boundedText(messageTextMax),
    version: version.meta({ description: "the version that the agent saw; another one answers 409 stale_version" }),
    keep_open: z.boolean("must be true or false").optional(),
  })
  .meta({ id: "ReplyRequest" });

export const cannedReplyRequest = z
  .object({
    agent_id: agentId,
    canned_id: idInput,
    variables: z
      .record(z.string().max(64), z.union([optionalText(1000), z.number().transform(String)]))
      .refine((value) => Object.keys(value).length <= 50, "has more than 50 entries")
      .optional(),
    version,
    keep_open: z.boolean("must be true or false").optional(),
  })
  .meta({ id: "CannedReplyRequest" });

/** For calls whose body may be left out. */
export const actingRequest = z.object({ agent_id: agentId.optional() }).meta({ id: "Acting" });

export const transferRequest = actingRequest.extend({ to_agent_id: idInput }).meta({ id: "Transfer" });

export const snoozeRequest = actingRequest
  .extend({
    until: z.iso
      .datetime({ offset: true, error: "must be an ISO-8601 time with a zone" })
      .transform((text) => new Date(text))
      .refine((time) => Number.isFinite(time.getTime()), "is no time"),
  })
  .meta({ id: "Snooze" });

export const noteRequest = actingRequest.extend({ text: boundedText(messageTextMax) }).meta({ id: "Note" });

export const urgencyRequest = actingRequest
  .extend({
    level: z.enum(urgencyLevels, `is none of ${urgencyLevels.join(", ")}`),
    reason: optionalText(2000).default(""),
  })
  .meta({ id: "CorrectUrgency" });

export const presenceRequest = actingRequest
  .extend({ state: z.enum(["viewing", "typing", "gone"], "is none of viewing, typing, gone") })
  .meta({ id: "TicketPresence" });
