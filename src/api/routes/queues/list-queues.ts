import { z } from "zod";
import { listQueuesQuery, queuePageSchema } from "../../../contract/http/queues.js";
import { listQueues } from "../../../db/queries/read-queues.js";
import { decodeCursor, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";

const namePlace = z.object({
  name: z
    .string()
    .max(50)
    .regex(/^[a-z0-9_-]*$/),
});

export const listQueuesEndpoint = endpoint({
  method: "get",
  path: "/api/queues/",
  tag: "Queues",
  summary: "List queues",
  policy: "queue.read",
  query: listQueuesQuery,
  answers: { 200: { description: "A page of queues, by name", schema: queuePageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const afterName = decodeCursor(namePlace, query.cursor)?.name;
    const rows = await listQueues(context.db.kysely, { afterName, limit: query.limit + 1 });
    return {
      status: 200,
      body: pageOf(
        rows,
        query.limit,
        (row) => row,
        ({ name }) => ({ name }),
      ),
    };
  },
});
