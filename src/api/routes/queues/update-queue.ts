import { updateQueue } from "../../../commands/update-queue.js";
import { queueSchema, updateQueueRequest } from "../../../contract/http/queues.js";
import { endpoint } from "../../endpoint.js";
import { answerQueue } from "./answer-queue.js";

/**
 * Changes a queue's name or topics. A new name goes to all of its tickets at once (seconds for hundreds of thousands);
 * after a change of topics what waits is moved by and by: 1,000 a sweep.
 */
export const updateQueueEndpoint = endpoint({
  method: "patch",
  path: "/api/queues/{name}/",
  tag: "Queues",
  summary: "Change a queue; what waits with topics that it gained or lost is moved by and by",
  policy: "queue.write",
  body: updateQueueRequest,
  answers: { 200: { description: "The queue", schema: queueSchema } },
  refusals: ["queue_not_found", "queue_taken", "topic_taken"],
  run: async ({ body, context, c }) => {
    const name = c.req.param("name") ?? "";
    const changed = await updateQueue(context, { name, newName: body.name, topics: body.topics });
    return answerQueue(context.db, changed.name);
  },
});
