import { openThread } from "../../../commands/open-thread.js";
import { conversationSchema } from "../../../contract/http/conversations.js";
import { openThreadRequest } from "../../../contract/http/threads.js";
import { endpoint } from "../../endpoint.js";
import { presentConversation } from "../../presenters/conversation.js";
import { readOwnConversation } from "../conversations/read-as.js";

/** The thread of these participants and that job: never two. */
export const openThreadEndpoint = endpoint({
  method: "post",
  path: "/api/chat/threads/",
  tag: "Threads",
  summary: "The thread of these participants, and job: the one that there is, else a new one",
  policy: "thread.write",
  body: openThreadRequest,
  answers: {
    200: { description: "It was there", schema: conversationSchema },
    201: { description: "It is new", schema: conversationSchema },
  },
  refusals: ["user_not_found"],
  run: async ({ body, context }) => {
    const { conversationId, isNew } = await openThread(context, {
      participantIds: body.participantIds,
      jobId: body.job_id ?? undefined,
      title: body.title,
    });
    return { status: isNew ? 201 : 200, body: presentConversation(await readOwnConversation(context, conversationId)) };
  },
});
