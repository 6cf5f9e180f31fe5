import { z } from "zod";
import { disputeStatuses, jobStatuses, paymentStatuses } from "../../domain/matters.js";
import { chatMessageSchema } from "./chat-messages.js";
import { boundedText, id, idInput, optionalText, time } from "./primitives.js";

const participantsMax = 100;

/** Who takes part: `participant_ids`, or seed 003's two. The caller does in any case. */
export const openThreadRequest = z
  .object({
    participant_ids: z.array(idInput, "must be a list of ids").max(participantsMax, "has more than 100 ids").optional(),
    client_id: idInput.optional(),
    freelancer_id: idInput.optional(),
    title: optionalText(300).optional(),
    job_id: idInput.refine((value) => value > 0, "must be positive").nullish(),
  })
  .transform(({ participant_ids, client_id, freelancer_id, ...rest }) => ({
    ...rest,
    participantIds: participant_ids ?? [client_id, freelancer_id].filter((one) => one !== undefined),
  }))
  .refine((value) => value.participantIds.length > 0, { path: ["participant_ids"], message: "is required" })
  .meta({ id: "OpenThread" });

const idsWords = "must be ids with commas between them";

export const byParticipantsQuery = z.object({
  ids: z
    .string()
    .max(2000, idsWords)
    .regex(/^\d{1,15}(,\d{1,15}){0,99}$/, idsWords)
    .optional(),
  client_id: idInput.optional(),
  freelancer_id: idInput.optional(),
  job_id: idInput.optional(),
});

export const updateThreadRequest = z
  .object({ title: optionalText(300).optional(), is_archived: z.boolean("must be true or false").optional() })
  .meta({ id: "UpdateThread" });

export const unreadCountSchema = z
  .object({ unread_count: z.int(), threads: z.record(z.string(), z.int()) })
  .meta({ id: "UnreadCount" });

const amountMax = 999_999_999.99;
const amount = z
  .number("must be a number")
  .positive("must be more than 0")
  .max(amountMax, `must be ${amountMax} at most`)
  .refine((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6, "has more than two decimals");

export const createDisputeRequest = z
  .object({ subject: boundedText(300), description: boundedText(10_000), amount: amount.nullish() })
  .meta({ id: "CreateDispute" });

export const initiatePaymentRequest = z
  .object({
    amount,
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, "must be three capital letters")
      .optional(),
    description: optionalText(2000).optional(),
  })
  .meta({ id: "InitiatePayment" });

export const jobUpdateRequest = z
  .object({
    job_status: z.enum(jobStatuses, `is none of ${jobStatuses.join(", ")}`),
    message: optionalText(2000).optional(),
  })
  .meta({ id: "UpdateJob" });

const done = z.object({ status: z.literal("success"), id, message: chatMessageSchema });

export const disputeCreatedSchema = done
  .extend({ dispute_id: id, dispute_status: z.enum(disputeStatuses) })
  .meta({ id: "DisputeCreated" });

export const paymentInitiatedSchema = done
  .extend({
    payment_data: z.object({
      payment_id: id,
      thread_id: id,
      amount: z.number(),
      currency: z.string(),
      description: z.string(),
      status: z.enum(paymentStatuses),
      initiated_by: id,
      created_at: time,
    }),
  })
  .meta({ id: "PaymentInitiated" });

export const jobUpdatedSchema = done.extend({ job_status: z.enum(jobStatuses) }).meta({ id: "JobUpdated" });
