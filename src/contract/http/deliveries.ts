import { z } from "zod";
import { cursor, id, limit, page, time } from "./primitives.js";

const statuses = ["pending", "parked", "sent", "failed"] as const;
const channels = ["socket", "webhook", "email"] as const;

export const deliverySchema = z
  .object({
    id,
    stable_id: z.string().nullable().meta({ description: "webhook-id, and what stands before the @ of a Message-ID" }),
    channel: z.enum(channels),
    kind: z.enum(["reply", "event", "test"]),
    status: z.enum(statuses).meta({
      description:
        "parked: tried again, while what comes after it goes on; failed: a dead letter, kept until it is retried",
    }),
    webhook_id: id.nullable(),
    message_id: id.nullable().meta({ description: "the ticket's id, of a reply" }),
    conversation_id: id.nullable(),
    event: z.object({ seq: z.int(), type: z.string() }).nullable(),
    attempts: z.int(),
    out_of_order: z.boolean(),
    behind: z
      .boolean()
      .meta({ description: "it waits for another one of its conversation, and goes when that has gone" }),
    next_attempt_at: time
      .nullable()
      .meta({ description: "null: it waits for its reader, for what it stands behind, or for nothing" }),
    last_error: z.string().nullable(),
    sent_at: time.nullable(),
    created_at: time,
  })
  .meta({ id: "Delivery" });
export type DeliveryView = z.infer<typeof deliverySchema>;

const shown = z.record(z.string(), z.unknown()).nullable();

export const deliveryWithAttemptsSchema = deliverySchema
  .extend({
    recent: z
      .array(
        z.object({
          attempt: z.int(),
          at: time,
          duration_ms: z.int(),
          outcome: z.enum(["sent", "failed", "refused"]),
          error: z.string().nullable(),
          request: shown.meta({ description: "without anybody's words and without signatures" }),
          answer: shown,
        }),
      )
      .meta({ description: "the latest ten attempts, the last first" }),
  })
  .meta({ id: "DeliveryWithAttempts" });

export const deliveryPageSchema = page(deliverySchema).meta({ id: "DeliveryPage" });

const idText = z
  .string()
  .regex(/^\d{1,15}$/, "must be an id")
  .transform(Number)
  .optional();

export const listDeliveriesQuery = z.object({
  status: z.enum(statuses, `is none of ${statuses.join(", ")}`).optional(),
  channel: z.enum(channels, `is none of ${channels.join(", ")}`).optional(),
  webhook_id: idText.meta({ type: "integer" }),
  conversation_id: idText.meta({ type: "integer" }),
  limit,
  cursor: cursor.optional(),
});

export const retryDeliveryRequest = z.object({}).meta({ id: "RetryDelivery" });
