import { unreadCountSchema } from "../../../contract/http/threads.js";
import { readUnread } from "../../../db/queries/read-conversations.js";
import { endpoint } from "../../endpoint.js";
import { JsonText } from "../../respond.js";

/** What the caller has not read, in all and by thread; threads without any are left out. */
export const unreadCount = endpoint({
  method: "get",
  path: "/api/chat/unread-count/",
  tag: "Threads",
  summary: "What the caller has not read, in all and by thread",
  policy: "thread.read",
  answers: { 200: { description: "The counts", schema: unreadCountSchema } },
  refusals: [],
  run: async ({ context, sight }) => {
    const { actor, db } = context;
    const reader = { userId: actor.id ?? 0, isStaff: actor.role !== "customer", sight };
    const { unread, byConversation } = await readUnread(db.kysely, reader);
    return { status: 200, body: new JsonText(`{"unread_count":${unread},"threads":${byConversation}}`) };
  },
});
