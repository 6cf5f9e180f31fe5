import { apiKeyPageSchema, listApiKeysQuery } from "../../../contract/http/api-keys.js";
import { listApiKeys } from "../../../db/queries/read-api-key.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentApiKey } from "../../presenters/api-key.js";

export const listApiKeysEndpoint = endpoint({
  method: "get",
  path: "/api/api-keys/",
  tag: "API keys",
  summary: "List API keys, revoked ones too",
  policy: "api_key.read",
  query: listApiKeysQuery,
  answers: { 200: { description: "A page of keys, without the keys themselves", schema: apiKeyPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const afterId = decodeCursor(idPlace, query.cursor)?.id;
    const rows = await listApiKeys(context.db.kysely, { afterId, limit: query.limit + 1 });
    return { status: 200, body: pageOf(rows, query.limit, presentApiKey, ({ id }) => ({ id })) };
  },
});
