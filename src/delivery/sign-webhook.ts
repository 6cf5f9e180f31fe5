import { Webhook } from "standardwebhooks";

/**
 * The headers of Standard Webhooks for a body: its stable id, the time of this attempt (seconds), and a signature by each
 * secret (`whsec_…`), so that a receiver that knows either the new or the one before accepts it.
 */
export function signWebhook(
  stableId: string,
  at: Date,
  body: string,
  secrets: readonly string[],
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  return {
    "webhook-id": stableId,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(stableId, at, body)).join(" "),
  };
}
