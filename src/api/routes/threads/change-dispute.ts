import { changeDispute } from "../../../commands/change-dispute.js";
import { changeDisputeRequest, disputeChangedSchema } from "../../../contract/http/matters.js";
import { endpoint } from "../../endpoint.js";
import { presentDispute } from "../../presenters/matters.js";

export const changeDisputeEndpoint = endpoint({
  method: "patch",
  path: "/api/chat/disputes/{id}/",
  tag: "Threads",
  summary: "Say how a dispute stands: who opened it withdraws it, admins review and decide",
  policy: "thread.write",
  noun: "dispute_not_found",
  body: changeDisputeRequest,
  answers: {
    200: {
      description: "The dispute as it now stands, and the message that tells of it",
      schema: disputeChangedSchema,
    },
  },
  refusals: ["invalid_transition"],
  run: async ({ id, body, context }) => {
    const { dispute, message } = await changeDispute(context, { disputeId: id, status: body.status, note: body.note });
    return { status: 200, body: { status: "success", id, dispute: presentDispute(dispute), message } };
  },
});
