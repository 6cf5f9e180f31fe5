import { z } from "zod";
import { keyScopes } from "../../domain/policy.js";
import { boundedText, cursor, id, limit, page, time } from "./primitives.js";

export const apiKeySchema = z
  .object({
    id,
    name: z.string(),
    scopes: z.array(z.string()).meta({ description: "what it may do" }),
    created_by: id.nullable(),
    created_at: time,
    last_used_at: time.nullable().meta({ description: "to the minute" }),
    revoked_at: time.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKeyView = z.infer<typeof apiKeySchema>;

export const apiKeyPageSchema = page(apiKeySchema).meta({ id: "ApiKeyPage" });

export const listApiKeysQuery = z.object({ limit, cursor: cursor.optional() });

/** The one answer that holds the key itself. */
export const newApiKeySchema = apiKeySchema
  .extend({ key: z.string().meta({ description: "for X-Api-Key; shown here only" }) })
  .meta({ id: "NewApiKey" });

const scopes = z
  .array(z.enum(keyScopes, `is none of ${keyScopes.join(", ")}`), "must be a list of scopes")
  .min(1, "must not be empty")
  .max(20, "has more than 20 entries");

export const createApiKeyRequest = z
  .object({
    name: boundedText(200),
    scopes: scopes.optional().meta({ description: "messages:write: POST /api/messages/; all unless told" }),
  })
  .meta({ id: "CreateApiKey" });

export const updateApiKeyRequest = z
  .object({ name: boundedText(200).optional(), scopes: scopes.optional() })
  .meta({ id: "UpdateApiKey" });
