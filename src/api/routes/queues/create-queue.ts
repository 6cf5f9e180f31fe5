import { createQueue } from "../../../commands/create-queue.js";
import { createQueueRequest, queueSchema } from "../../../contract/http/queues.js";
import { endpoint } from "../../endpoint.js";
import { answerQueue } from "./answer-queue.js";

/** Adds a queue. What waits with one of its topics is moved into it by and by: 1,000 a sweep. */
export const createQueueEndpoint = endpoint({
  method: "post",
  path: "/api/queues/",
  tag: "Queues",
  summary: "Add a queue; what waits with its topics is moved into it by and by",
  policy: "queue.write",
  body: createQueueRequest,
  answers: { 201: { description: "The queue", schema: queueSchema } },
  refusals: ["queue_taken", "topic_taken"],
  run: async ({ body, context }) => {
    const { name } = await createQueue(context, body);
    return answerQueue(context.db, name, 201);
  },
});
