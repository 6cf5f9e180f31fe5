import { disputePageSchema, listMattersQuery } from "../../../contract/http/matters.js";
import { listMatters } from "../../../db/queries/matters.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentDispute } from "../../presenters/matters.js";
import { readIn } from "../conversations/read-as.js";
import { inThreadWords } from "./thread-words.js";

export const listDisputesEndpoint = endpoint({
  method: "get",
  path: "/api/chat/threads/{id}/disputes/",
  tag: "Threads",
  summary: "The disputes of a thread, newest first",
  policy: "thread.read",
  noun: "thread_not_found",
  query: listMattersQuery,
  answers: { 200: { description: "A page of disputes", schema: disputePageSchema } },
  refusals: [],
  run: async ({ id, query, context }) => {
    const before = decodeCursor(idPlace, query.cursor)?.id;
    const rows = await inThreadWords(
      readIn(context, id, (db) => listMatters(db, "dispute", id, { before, limit: query.limit + 1 })),
    );
    return { status: 200, body: pageOf(rows, query.limit, presentDispute, (row) => ({ id: row.id })) };
  },
});
