import { z } from "zod";
import { chatMessagePageSchema, listChatMessagesQuery } from "../../../contract/http/chat-requests.js";
import { readConversation } from "../../../db/queries/read-conversation.js";
import { decodeCursor, encodeCursor } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentChatMessage } from "../../presenters/chat-message.js";
import { noteShown } from "../conversations/note-shown.js";
import { readIn } from "../conversations/read-as.js";
import { inThreadWords } from "./thread-words.js";

const seq = z.int().nonnegative().max(2_147_483_647);
const place = z.union([z.strictObject({ before: seq }), z.strictObject({ after: seq })]);

/** A page of what was said, newest last, from the end, or on either side of a page that was read before. */
export const listChatMessages = endpoint({
  method: "get",
  path: "/api/chat/threads/{id}/messages/",
  tag: "Threads",
  summary: "What was said, newest last; next leads back, previous forward",
  policy: "thread.read",
  noun: "thread_not_found",
  query: listChatMessagesQuery,
  answers: { 200: { description: "A page of messages", schema: chatMessagePageSchema } },
  refusals: [],
  run: async ({ id, query, context }) => {
    const from = decodeCursor(place, query.cursor);
    const notes = context.actor.role !== "customer";
    const options = { notes, limit: query.limit + 1, ...from };
    const rows = await inThreadWords(readIn(context, id, (db) => readConversation(db, id, options)));
    const forward = from !== undefined && "after" in from;
    const more = rows.length > query.limit;
    const shown = more ? (forward ? rows.slice(0, -1) : rows.slice(1)) : rows;
    await noteShown(context, id, shown);
    const first = shown[0];
    const last = shown.at(-1);
    const next = first && (more || forward) ? encodeCursor({ before: first.seq }) : null;
    const previous = last && (forward ? more : from !== undefined) ? encodeCursor({ after: last.seq }) : null;
    return { status: 200, body: { results: shown.map(presentChatMessage), next, previous } };
  },
});
