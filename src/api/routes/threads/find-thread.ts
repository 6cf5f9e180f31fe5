import { conversationSchema } from "../../../contract/http/conversations.js";
import { byParticipantsQuery } from "../../../contract/http/threads.js";
import { findThread, participantKey } from "../../../db/queries/threads.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { presentConversation } from "../../presenters/conversation.js";
import { readOwnConversation } from "../conversations/read-as.js";
import { inThreadWords } from "./thread-words.js";

export const findThreadEndpoint = endpoint({
  method: "get",
  path: "/api/chat/threads/by-participants/",
  tag: "Threads",
  summary: "The thread of these participants, and job, if there is one",
  policy: "thread.read",
  query: byParticipantsQuery,
  answers: { 200: { description: "The thread", schema: conversationSchema } },
  refusals: ["thread_not_found"],
  run: async ({ query, context }) => {
    const { actor, db } = context;
    const named =
      query.ids?.split(",").map(Number) ?? [query.client_id, query.freelancer_id].filter((id) => id !== undefined);
    if (named.length === 0) {
      throw new Refusal("invalid_query", "The query is not valid.", {
        errors: [{ path: "query.ids", message: "is required" }],
      });
    }
    // As in opening one: the caller takes part, but for an admin that names others.
    const others = actor.role === "admin" && named.length > 1;
    const key = participantKey(others || actor.id === null ? named : [...named, actor.id]);
    const id = key === null ? null : await findThread(db.kysely, key, query.job_id || null);
    if (id === null) throw new Refusal("thread_not_found", "There is no such thread.");
    return { status: 200, body: presentConversation(await inThreadWords(readOwnConversation(context, id))) };
  },
});
