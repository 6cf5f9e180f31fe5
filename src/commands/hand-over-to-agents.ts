import { sql } from "kysely";
import { agentsStream, conversationStream } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents, outboxEvent } from "../db/outbox.js";
import { appendMessage } from "../db/queries/append-message.js";
import { lockConversation } from "../db/queries/lock-ticket.js";
import { Refusal } from "../domain/errors.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import type { CommandContext } from "./context.js";
import { openTicketInTransaction } from "./open-ticket.js";

/** Why a bot's conversation goes to a person. */
export type HandOverReason = "asked" | "low_confidence" | "urgent" | "no_answer";

const words: Record<HandOverReason, string> = {
  asked: "You asked for a person: our agents have your case and will answer here.",
  low_confidence: "A person can help better with this: our agents have your case and will answer here.",
  urgent: "This is urgent: our agents have your case and will answer here.",
  no_answer: "Our agents have your case and will answer here.",
};

/**
 * Hands a bot's conversation over to the agents: its ticket is opened, with the customer's first words, scored and routed
 * like any other, and the conversation is a support case from now on; a system message says so. Once: again, and beside
 * another, it answers the ticket that is there. Throws `conversation_not_found` for one that is not there, is no
 * customer's, or in which no customer has said anything.
 */
export async function handOverInTransaction(
  tx: Tx,
  ctx: Pick<CommandContext, "limits" | "requestId">,
  input: { conversationId: number; reason: HandOverReason },
): Promise<{ ticketId: number }> {
  const { conversationId, reason } = input;
  const gone = () => new Refusal("conversation_not_found", "There is no such conversation.");
  const conversation = await lockConversation(tx, conversationId);
  if (!conversation || conversation.erased) throw gone();
  const there = await tx
    .selectFrom("tickets")
    .select("id")
    .where("conversation_id", "=", conversationId)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (there) return { ticketId: there.id };
  const said = await customersWords(tx, conversationId);
  if (!said) throw gone();
  const opened = await openTicketInTransaction(tx, ctx, {
    conversationId,
    customerId: said.customerId,
    openingMessageId: said.firstId,
    customerSeq: said.lastSeq,
  });
  const { ticketId, userId, createdAt: created_at } = opened;
  await tx.updateTable("conversations").set({ kind: "support" }).where("id", "=", conversationId).execute();
  await tx.updateTable("messages").set({ ticket_version: 1 }).where("id", "=", said.lastId).execute();
  const message = {
    senderId: null,
    kind: "system" as const,
    text: words[reason],
    metadata: { hand_over: reason, ticket_id: ticketId },
  };
  const told = newChatMessage(conversationId, await appendMessage(tx, conversation, message), message, null);
  const status = "unassigned" as const;
  const opening = { message_id: ticketId, status, body: said.text, user_id: userId, created_at };
  const job = { stage: "score" as const, subjectId: said.lastId };
  const stream = conversationStream(conversationId);
  await appendEvents(
    tx,
    [
      outboxEvent({ stream: agentsStream, type: "message_new", payload: opening, job }),
      outboxEvent({ stream, type: "ticket", payload: { ticket_id: ticketId, status, assigned_to: null, version: 1 } }),
      messageNewEvent(told),
    ],
    ctx.requestId,
  );
  return { ticketId };
}

/** The first and the latest words of the customer in its conversation; null: there are none. */
async function customersWords(tx: Tx, conversationId: number) {
  const { rows } = await sql<{ customerId: number; firstId: number; text: string; lastId: number; lastSeq: number }>`
    SELECT c.id AS "customerId", f.id AS "firstId", f.text, l.id AS "lastId", l.seq AS "lastSeq"
    FROM conversations talk JOIN customers c ON c.id = talk.created_by AND c.erased_at IS NULL
    CROSS JOIN LATERAL (SELECT id, text FROM messages WHERE conversation_id = talk.id AND sender_id = c.id AND kind = 'text'
                        ORDER BY seq LIMIT 1) f
    CROSS JOIN LATERAL (SELECT id, seq FROM messages WHERE conversation_id = talk.id AND sender_id = c.id AND kind = 'text'
                        ORDER BY seq DESC LIMIT 1) l
    WHERE talk.id = ${conversationId} AND talk.deleted_at IS NULL`.execute(tx);
  return rows[0] ?? null;
}
