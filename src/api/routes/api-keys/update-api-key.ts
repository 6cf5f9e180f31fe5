import { updateApiKey } from "../../../commands/update-api-key.js";
import { apiKeySchema, updateApiKeyRequest } from "../../../contract/http/api-keys.js";
import { endpoint } from "../../endpoint.js";
import { showApiKey } from "./show-api-key.js";

export const updateApiKeyEndpoint = endpoint({
  method: "patch",
  path: "/api/api-keys/{id}/",
  tag: "API keys",
  summary: "Change a key's name or what it may do",
  policy: "api_key.write",
  noun: "api_key_not_found",
  body: updateApiKeyRequest,
  answers: { 200: { description: "The key; other scopes hold within two seconds", schema: apiKeySchema } },
  refusals: [],
  run: async ({ id, body, context }) => {
    await updateApiKey(context, { ...body, id });
    return { status: 200, body: await showApiKey(context.db, id) };
  },
});
