import { updateJob } from "../../../commands/update-job.js";
import { jobUpdatedSchema, jobUpdateRequest } from "../../../contract/http/threads.js";
import { endpoint } from "../../endpoint.js";
import { inThreadWords } from "./thread-words.js";

export const updateJobEndpoint = endpoint({
  method: "post",
  path: "/api/chat/threads/{id}/job-update/",
  tag: "Threads",
  summary: "Say how the job stands, and tell all who take part",
  policy: "thread.write",
  noun: "thread_not_found",
  body: jobUpdateRequest,
  answers: { 201: { description: "The status, and the message that tells of it", schema: jobUpdatedSchema } },
  refusals: ["invalid_transition"],
  run: async ({ id, body, context }) => {
    const input = { conversationId: id, jobStatus: body.job_status, note: body.message };
    const { updateId, message } = await inThreadWords(updateJob(context, input));
    return { status: 201, body: { status: "success", id: updateId, job_status: body.job_status, message } };
  },
});
