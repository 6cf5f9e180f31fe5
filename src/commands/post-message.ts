import type { ChatMessage } from "../contract/events.js";
import { isBlank } from "../contract/is-blank.js";
import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { appendMessage } from "../db/queries/append-message.js";
import { senderAccess } from "../db/queries/conversation-access.js";
import { type LockedAgent, lockAgent } from "../db/queries/lock-agent.js";
import { type LockedConversation, lockConversation, lockTicketOf } from "../db/queries/lock-ticket.js";
import { readConversation } from "../db/queries/read-conversation.js";
import { Refusal } from "../domain/errors.js";
import { requireOwnKind } from "../domain/message-kind.js";
import { invariant } from "../runtime/invariant.js";
import { answerAsAgent } from "./answer-as-agent.js";
import { attachUploadInTransaction } from "./attach-upload.js";
import { chatMessageOf, messageNewEvent, newChatMessage } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";
import { handOverInTransaction } from "./hand-over-to-agents.js";
import { hearCustomer } from "./hear-customer.js";
import { reasonToHandOver } from "./reason-to-hand-over.js";
import { messageUpdate } from "./ticket-events.js";

export interface MessageToPost {
  conversationId: number;
  /** 1 to 10,000 characters; may be empty beside an attachment. */
  text: string;
  /** The sender's mark: sent again with it, a message is there once. */
  clientId?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  attachmentId?: number | undefined;
  kind?: "text" | "note" | undefined;
}

export interface PostedMessage {
  message: ChatMessage;
  /** false: it was there already, by its `clientId`. */
  isNew: boolean;
}

/** A message whose conversation, and sender if it is an agent, are locked. */
export interface MessageInHand extends MessageToPost {
  conversation: LockedConversation;
  sender: { id: number; name: string; role: string };
}

/**
 * Says something in a conversation (CONTRACT.md 3 and 4). Participants write in theirs; an agent in a support case that
 * waits claims it first, in its own it replies and keeps it open; a note goes everywhere among staff. A customer's words
 * in a support case go on with its ticket (DESIGN.md 7), and where a bot answers they may be handed over. Throws `conversation_not_found` for a stranger's, `forbidden`,
 * `type_reserved`, `invalid_body`, `attachment_not_found`, `at_capacity`, `already_closed`, `not_assigned_to_you` with `by`.
 */
export async function postMessage(ctx: CommandContext, input: MessageToPost): Promise<PostedMessage> {
  return transact(ctx, (tx) => postInTransaction(tx, ctx, input));
}

/** The same in a transaction that the caller opened, which has locked nothing before an agent or a conversation. */
export async function postInTransaction(tx: Tx, ctx: CommandContext, input: MessageToPost): Promise<PostedMessage> {
  const { actor } = ctx;
  requireText(input);
  if (actor.id === null) throw new Refusal("forbidden", "Who writes here has a token of its own.");
  const writesAsAgent = actor.role === "agent" && input.kind !== "note";
  const agent = writesAsAgent ? await lockAgent(tx, actor.id) : null;
  const conversation = await lockConversation(tx, input.conversationId);
  const mark = { conversationId: input.conversationId, clientId: input.clientId ?? null };
  const access = conversation && (await senderAccess(tx, actor, mark, ctx.sight));
  if (!conversation || !access) throw new Refusal("conversation_not_found", "There is no such conversation.");
  if (!access.mayWrite) throw new Refusal("forbidden", "Only its participants write here.");
  const kind = requireOwnKind(input.kind ?? "text", actor.role, access.kind);
  const sender = { id: actor.id, name: actor.name, role: actor.role };
  const inHand = { ...input, conversation, sender };
  if (access.saidBefore !== null) {
    return { message: await readSaid(tx, input.conversationId, access.saidBefore), isNew: false };
  }
  if (kind === "note") return { message: await sayNote(tx, ctx, inHand), isNew: true };
  if (access.kind === "bot") return { message: await sayToBot(tx, ctx, inHand), isNew: true };
  if (access.kind === "direct") return { message: await say(tx, ctx, inHand), isNew: true };
  if (actor.role === "customer") return { message: await sayAsCustomer(tx, ctx, inHand), isNew: true };
  return { message: await answerAsAgent(tx, ctx, inHand, requireAgent(agent)), isNew: true };
}

const textMax = 10_000;

/** Throws `invalid_body` for a text that is blank, but for one beside a file, and for one that is too long. */
export function requireText({ text, attachmentId }: Pick<MessageToPost, "text" | "attachmentId">): void {
  const fault = (message: string) =>
    new Refusal("invalid_body", "The message is not valid.", { errors: [{ path: "body.text", message }] });
  if (attachmentId === undefined && isBlank(text)) throw fault("must not be empty");
  if (text.length > textMax && [...text].length > textMax) throw fault(`has more than ${textMax} characters`);
}

function requireAgent(agent: LockedAgent | null): LockedAgent {
  if (!agent) throw new Refusal("forbidden", "Only agents answer customers; admins write notes.");
  return agent;
}

/** What was said before, as it now stands. */
async function readSaid(tx: Tx, conversationId: number, id: number): Promise<ChatMessage> {
  const [row] = await readConversation(tx, conversationId, { notes: true, limit: 1, only: id });
  invariant(row, "a message that was found by its mark is there");
  return chatMessageOf(row);
}

/** Says it, with its file, and tells nobody yet. */
async function append(tx: Tx, inHand: MessageInHand, kind: "text" | "note"): Promise<ChatMessage> {
  const { conversation, sender, text, clientId = null, metadata = null, attachmentId } = inHand;
  const message = { senderId: sender.id, kind, text, clientId, metadata };
  const said = await appendMessage(tx, conversation, message);
  const file =
    attachmentId === undefined
      ? null
      : await attachUploadInTransaction(tx, { attachmentId, messageId: said.id, uploaderId: sender.id });
  return newChatMessage(conversation.id, said, message, sender, file);
}

async function say(tx: Tx, ctx: CommandContext, inHand: MessageInHand): Promise<ChatMessage> {
  const message = await append(tx, inHand, "text");
  await appendEvents(tx, [messageNewEvent(message)], ctx.requestId);
  return message;
}

/**
 * Says it where a bot answers. What asks for a person, or is urgent, is handed over with it, by whichever door it came:
 * nobody waits for the bot to be asked.
 */
async function sayToBot(tx: Tx, ctx: CommandContext, inHand: MessageInHand): Promise<ChatMessage> {
  const message = await say(tx, ctx, inHand);
  const reason = inHand.sender.role === "customer" ? reasonToHandOver(inHand.text) : null;
  if (reason) await handOverInTransaction(tx, ctx, { conversationId: inHand.conversationId, reason });
  return message;
}

async function sayNote(tx: Tx, ctx: CommandContext, inHand: MessageInHand): Promise<ChatMessage> {
  const message = await append(tx, inHand, "note");
  const ticket = await lockTicketOf(tx, inHand.conversationId);
  const events = [messageNewEvent(message), ...(ticket ? [messageUpdate(ticket, "note")] : [])];
  await appendEvents(tx, events, ctx.requestId);
  return message;
}

async function sayAsCustomer(tx: Tx, ctx: CommandContext, inHand: MessageInHand): Promise<ChatMessage> {
  const ticket = await lockTicketOf(tx, inHand.conversationId);
  if (!ticket) throw new Refusal("conversation_not_found", "There is no such conversation.");
  const { message, events } = await hearCustomer(tx, ctx, { ...inHand, ticket });
  await appendEvents(tx, events, ctx.requestId);
  return message;
}
