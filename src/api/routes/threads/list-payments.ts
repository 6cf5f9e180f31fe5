import { listMattersQuery, paymentPageSchema } from "../../../contract/http/matters.js";
import { listMatters } from "../../../db/queries/matters.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentPayment } from "../../presenters/matters.js";
import { readIn } from "../conversations/read-as.js";
import { inThreadWords } from "./thread-words.js";

export const listPaymentsEndpoint = endpoint({
  method: "get",
  path: "/api/chat/threads/{id}/payments/",
  tag: "Threads",
  summary: "The payments of a thread, newest first",
  policy: "thread.read",
  noun: "thread_not_found",
  query: listMattersQuery,
  answers: { 200: { description: "A page of payments", schema: paymentPageSchema } },
  refusals: [],
  run: async ({ id, query, context }) => {
    const before = decodeCursor(idPlace, query.cursor)?.id;
    const rows = await inThreadWords(
      readIn(context, id, (db) => listMatters(db, "payment", id, { before, limit: query.limit + 1 })),
    );
    return { status: 200, body: pageOf(rows, query.limit, presentPayment, (row) => ({ id: row.id })) };
  },
});
