import { createDispute } from "../../../commands/create-dispute.js";
import { createDisputeRequest, disputeCreatedSchema } from "../../../contract/http/threads.js";
import { endpoint } from "../../endpoint.js";
import { inThreadWords } from "./thread-words.js";

export const createDisputeEndpoint = endpoint({
  method: "post",
  path: "/api/chat/threads/{id}/create-dispute/",
  tag: "Threads",
  summary: "Open a dispute, and tell all who take part",
  policy: "thread.write",
  noun: "thread_not_found",
  body: createDisputeRequest,
  answers: { 201: { description: "The dispute, and the message that tells of it", schema: disputeCreatedSchema } },
  refusals: [],
  run: async ({ id, body, context }) => {
    const { subject, description } = body;
    const input = { conversationId: id, subject, description, amount: body.amount ?? undefined };
    const { disputeId, message } = await inThreadWords(createDispute(context, input));
    const names = { id: disputeId, dispute_id: disputeId, dispute_status: "open" };
    return { status: 201, body: { status: "success", ...names, message } };
  },
});
