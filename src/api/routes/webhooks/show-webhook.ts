import type { WebhookView } from "../../../contract/http/webhooks.js";
import type { Database } from "../../../db/database.js";
import { readWebhook } from "../../../db/queries/read-webhooks.js";
import { Refusal } from "../../../domain/errors.js";
import { presentWebhook } from "../../presenters/webhook.js";

/** A webhook as it stands now. Throws `webhook_not_found`. */
export async function showWebhook(db: Database, id: number): Promise<WebhookView> {
  const row = await readWebhook(db.kysely, id);
  if (!row) throw new Refusal("webhook_not_found", "There is no such webhook.");
  return presentWebhook(row);
}
