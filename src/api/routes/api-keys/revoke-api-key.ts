import { revokeApiKey } from "../../../commands/revoke-api-key.js";
import { endpoint } from "../../endpoint.js";

export const revokeApiKeyEndpoint = endpoint({
  method: "delete",
  path: "/api/api-keys/{id}/",
  tag: "API keys",
  summary: "Revoke a key for good",
  policy: "api_key.write",
  noun: "api_key_not_found",
  answers: { 204: { description: "Revoked: refused within two seconds. It stays listed" } },
  refusals: [],
  run: async ({ id, context }) => {
    await revokeApiKey(context, { id });
    return { status: 204 };
  },
});
