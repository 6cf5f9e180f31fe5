import { cannedPageSchema, listCannedQuery } from "../../../contract/http/canned.js";
import { listCanned } from "../../../db/queries/read-canned.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentCanned } from "../../presenters/canned.js";

export const listCannedEndpoint = endpoint({
  method: "get",
  path: "/api/canned/",
  tag: "Canned replies",
  summary: "List canned replies",
  policy: "canned.read",
  query: listCannedQuery,
  answers: { 200: { description: "A page of canned replies", schema: cannedPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const afterId = decodeCursor(idPlace, query.cursor)?.id;
    const rows = await listCanned(context.db.kysely, { afterId, limit: query.limit + 1 });
    return { status: 200, body: pageOf(rows, query.limit, presentCanned, ({ id }) => ({ id })) };
  },
});
