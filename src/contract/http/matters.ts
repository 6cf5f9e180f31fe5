import { z } from "zod";
import { disputeStatuses, paymentStatuses } from "../../domain/matters.js";
import { chatMessageSchema } from "./chat-messages.js";
import { cursor, id, limit, optionalText, page, time } from "./primitives.js";

/** What a dispute and a payment have in common: who said last how it stands, in which words; null: nobody yet. */
const changed = {
  note: z.string().meta({ description: "the words of the last change" }),
  changed_by: id.nullable(),
  changed_at: time.nullable(),
  message_id: id.nullable().meta({ description: "the message that told of its beginning" }),
  created_at: time,
  updated_at: time,
};

export const disputeSchema = z
  .object({
    id,
    thread_id: id,
    subject: z.string(),
    description: z.string(),
    amount: z.number().nullable(),
    status: z.enum(disputeStatuses),
    created_by: id.nullable(),
    ...changed,
  })
  .meta({ id: "Dispute" });
export type DisputeView = z.infer<typeof disputeSchema>;

export const paymentSchema = z
  .object({
    id,
    thread_id: id,
    amount: z.number(),
    currency: z.string(),
    description: z.string(),
    status: z.enum(paymentStatuses),
    initiated_by: id.nullable(),
    ...changed,
  })
  .meta({ id: "Payment" });
export type PaymentView = z.infer<typeof paymentSchema>;

export const disputePageSchema = page(disputeSchema).meta({ id: "DisputePage" });
export const paymentPageSchema = page(paymentSchema).meta({ id: "PaymentPage" });

export const listMattersQuery = z.object({ limit, cursor: cursor.optional() });

const note = optionalText(2000).optional().meta({ description: "why, for all who take part" });

export const changeDisputeRequest = z
  .object({ status: z.enum(disputeStatuses, `is none of ${disputeStatuses.join(", ")}`), note })
  .meta({ id: "ChangeDispute" });

export const changePaymentRequest = z
  .object({ status: z.enum(paymentStatuses, `is none of ${paymentStatuses.join(", ")}`), note })
  .meta({ id: "ChangePayment" });

const done = z.object({ status: z.literal("success"), id, message: chatMessageSchema });

export const disputeChangedSchema = done.extend({ dispute: disputeSchema }).meta({ id: "DisputeChanged" });
export const paymentChangedSchema = done.extend({ payment: paymentSchema }).meta({ id: "PaymentChanged" });
