import { receiveMessage } from "../../../commands/receive-message.js";
import { createMessageRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { Refusal } from "../../../domain/errors.js";
import { requirePermission } from "../../../domain/policy.js";
import type { Caller } from "../../caller.js";
import { endpoint } from "../../endpoint.js";
import { answerMessage } from "./answer-message.js";

const missing = (message: string) =>
  new Refusal("invalid_body", message, {
    errors: [{ path: "body.user_id", message: "is required and must be a text" }],
  });

/** Whose message it is: a customer writes as itself, a server with a key and an admin for any. */
function authorOf(caller: Caller, named: string | undefined): string {
  if (requirePermission(caller.actor, "message.create") === "any") {
    if (named === undefined) throw missing("user_id says which customer writes.");
    return named;
  }
  if (caller.userId === null) throw missing("user_id says which customer writes.");
  if (named !== undefined && named !== caller.userId) {
    throw new Refusal("forbidden", "A customer writes as itself only.");
  }
  return caller.userId;
}

/** The intake: stored before the answer, scored after it. The shared flush answers without another read. */
export const createMessage = endpoint({
  method: "post",
  path: "/api/messages/",
  tag: "Messages",
  summary: "A customer writes",
  policy: "message.create",
  limit: "intake",
  demoAsCustomer: true,
  gathers: (body) => body.reply_to === undefined,
  body: createMessageRequest,
  answers: { 201: { description: "Stored; unassigned, not yet scored", schema: messageSchema } },
  refusals: ["message_not_found", "overloaded"],
  run: async ({ body, caller, context, deps, claim }) => {
    const userId = authorOf(caller, body.user_id);
    if (body.reply_to !== undefined) {
      const { ticketId } = await receiveMessage(context, { userId, body: body.body, replyTo: body.reply_to });
      return answerMessage(context.db, ticketId, 201);
    }
    const { requestId } = context;
    const message = { userId, body: body.body, channel: body.channel ?? "api", requestId };
    return { status: 201, body: await deps.intake.receive(message, claim) };
  },
});
