import { createApiKey } from "../../../commands/create-api-key.js";
import { createApiKeyRequest, newApiKeySchema } from "../../../contract/http/api-keys.js";
import { endpoint } from "../../endpoint.js";
import { showApiKey } from "./show-api-key.js";

export const createApiKeyEndpoint = endpoint({
  method: "post",
  path: "/api/api-keys/",
  tag: "API keys",
  summary: "Make a key for another server",
  policy: "api_key.write",
  secret: true,
  body: createApiKeyRequest,
  answers: { 201: { description: "The key: it is shown here and never again", schema: newApiKeySchema } },
  refusals: [],
  run: async ({ body, context }) => {
    const { name, scopes } = body;
    const createdBy = context.actor.id;
    const { id, key } = await createApiKey(context, { name, createdBy, ...(scopes ? { scopes } : {}) });
    return { status: 201, body: { ...(await showApiKey(context.db, id)), key } };
  },
});
