import { z } from "zod";
import { messageKinds } from "../../domain/ticket.js";
import { id, time } from "./primitives.js";

/** One thing said in a conversation (CONTRACT.md 4). */
export const chatMessageSchema = z
  .object({
    id,
    conversation_id: id,
    sender: z.object({ id, name: z.string(), role: z.string() }).nullable(),
    seq: z.int(),
    type: z.enum(messageKinds),
    text: z.string(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    attachment: z.object({ id, name: z.string(), size: z.int(), type: z.string(), url: z.string() }).nullable(),
    status: z.enum(["sent", "delivered", "read"]),
    is_read: z.boolean(),
    read_by: z.array(id),
    client_id: z.string().nullable(),
    edited_at: time.nullable(),
    deleted_at: time.nullable(),
    sent_at: time,
  })
  .meta({ id: "ChatMessage" });
