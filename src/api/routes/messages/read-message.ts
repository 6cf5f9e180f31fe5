import { messageDetailSchema } from "../../../contract/http/message-requests.js";
import { asViewer } from "../../../db/as-viewer.js";
import type { Executor } from "../../../db/database.js";
import { readConversation } from "../../../db/queries/read-conversation.js";
import { readMessage } from "../../../db/queries/read-message.js";
import { Refusal } from "../../../domain/errors.js";
import { mayOn } from "../../../domain/policy.js";
import type { Caller } from "../../caller.js";
import { type Answer, endpoint } from "../../endpoint.js";
import { presentChatMessage } from "../../presenters/chat-message.js";
import { presentMessage } from "../../presenters/message.js";
import { noteShown } from "../conversations/note-shown.js";

const conversationMax = 1000;

/** One message with what was said. A customer sees its own, without notes; another's is as good as none. */
export const readMessageEndpoint = endpoint({
  method: "get",
  path: "/api/messages/{id}/",
  tag: "Messages",
  summary: "One message with its conversation",
  policy: "message.read",
  noun: "message_not_found",
  answers: { 200: { description: "The message", schema: messageDetailSchema } },
  refusals: [],
  run: async ({ id, caller, context }) => {
    const { actor } = caller;
    if (actor.role !== "customer") return presented(await read(context.db.kysely, id, caller));
    const found = await asViewer(context.db, actor.id ?? 0, (tx) => read(tx, id, caller));
    await noteShown(context, found.row.conversationId, found.said);
    return presented(found);
  },
});

type Found = Awaited<ReturnType<typeof read>>;

const presented = ({ row, said }: Found): Answer => ({
  status: 200,
  body: { ...presentMessage(row), messages: said.map(presentChatMessage) },
});

/** A customer reads behind the second wall as well; `db` is what it may see. */
async function read(db: Executor, id: number, caller: Caller) {
  const row = await readMessage(db, id);
  if (!row || !mayOn(caller.actor, "message.read", { customerId: row.customer.id })) {
    throw new Refusal("message_not_found", "There is no such message.");
  }
  const notes = caller.actor.role !== "customer";
  const said = await readConversation(db, row.conversationId, { notes, limit: conversationMax });
  return { row, said };
}
