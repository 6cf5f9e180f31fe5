import { z } from "zod";
import { webhookEvents } from "../../domain/webhook-events.js";
import { boundedText, cursor, id, limit, optionalText, page, time } from "./primitives.js";

const url = z
  .string("is required and must be a text")
  .min(1, "must not be empty")
  .max(2000, "has more than 2000 characters")
  .meta({ format: "uri", description: "http or https, public unless OUTBOUND_ALLOW names it, without a user name" });

const events = z
  .array(z.enum(webhookEvents, `is none of ${webhookEvents.join(", ")}`), "must be a list of events")
  .max(50, "has more than 50 entries")
  .meta({ description: "what is sent there; notes are left out of all" });

const names = (what: string) =>
  z.array(boundedText(50), `must be a list of ${what}`).max(100, "has more than 100 entries");

const queues = names("queues").meta({ description: "only what is of tickets in these queues; empty: all" });
const reasons = names("reasons").meta({ description: "message_update only for these reasons; empty: all" });
const replyChannels = names("channels").meta({
  description: "replies in conversations that came by these channels go to their customers by this webhook",
});

export const webhookSchema = z
  .object({
    id,
    name: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    queues: z.array(z.string()),
    reasons: z.array(z.string()),
    reply_channels: z.array(z.string()),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable(),
    circuit: z.enum(["closed", "open"]).meta({ description: "open: it failed in a row, and is tried once in a while" }),
    circuit_open_until: time.nullable(),
    failures: z.int().meta({ description: "in a row, up to now" }),
    position: z.int().meta({ description: "seq of the last event that it was looked at for" }),
    previous_secret_until: time.nullable().meta({ description: "the secret before signs as well until then" }),
    last_sent_at: time.nullable(),
    last_failed_at: time.nullable(),
    created_by: id.nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: "Webhook" });
export type WebhookView = z.infer<typeof webhookSchema>;

export const webhookPageSchema = page(webhookSchema).meta({ id: "WebhookPage" });
export const listWebhooksQuery = z.object({ limit, cursor: cursor.optional() });

/** The answers that hold a secret: it is shown there and never again. */
export const newWebhookSchema = webhookSchema
  .extend({ secret: z.string().meta({ description: "signs what is sent (Standard Webhooks); shown here only" }) })
  .meta({ id: "NewWebhook" });

export const createWebhookRequest = z
  .object({
    url,
    name: optionalText(200).optional(),
    events: events.optional(),
    queues: queues.optional(),
    reasons: reasons.optional(),
    reply_channels: replyChannels.optional(),
    enabled: z.boolean("must be true or false").optional(),
  })
  .meta({ id: "CreateWebhook" });

export const updateWebhookRequest = createWebhookRequest.partial().meta({ id: "UpdateWebhook" });

export const rotateSecretRequest = z
  .object({
    overlap_hours: z
      .int("must be a whole number from 0 to 168")
      .min(0, "must be a whole number from 0 to 168")
      .max(168, "must be a whole number from 0 to 168")
      .optional()
      .meta({ description: "how long the secret before signs as well; 24 unless told" }),
  })
  .meta({ id: "RotateSecret" });

export const testWebhookRequest = z.object({}).meta({ id: "TestWebhook" });
export const webhookTestedSchema = z
  .object({ delivery_id: id.meta({ description: "GET /api/deliveries/<id>/ shows what it came to" }) })
  .meta({ id: "WebhookTested" });

export const replayWebhookRequest = z
  .object({
    stream: optionalText(100).optional().meta({ description: "agents, or conversation:<id>; left out: all of them" }),
    since: z
      .int("must be a whole number")
      .min(0, "must not be negative")
      .meta({ description: "events after that pos of the stream, or after that seq where no stream is named" }),
  })
  .meta({ id: "ReplayWebhook" });
export const webhookReplayedSchema = z
  .object({
    replayed: z.int().meta({ description: "events that are sent again, with the ids that they had" }),
    up_to: z.int().nullable().meta({ description: "seq of the last of them" }),
    complete: z.boolean().meta({ description: "false: there are more; call again from there" }),
  })
  .meta({ id: "WebhookReplayed" });
