import { z } from "zod";
import { cursor, id, limit, optionalText, page, time } from "./primitives.js";

/** A customer as staff sees it (CONTRACT.md 1). */
export const customerSchema = z
  .object({
    id,
    user_id: z.string().meta({ description: "the desk's own text for the customer" }),
    name: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    attributes: z.record(z.string(), z.unknown()),
    open_tickets: z.int(),
    total_tickets: z.int(),
    last_seen_at: time.nullable(),
  })
  .meta({ id: "Customer" });
export type CustomerView = z.infer<typeof customerSchema>;

export const customerPageSchema = page(customerSchema).meta({ id: "CustomerPage" });

export const listCustomersQuery = z.object({
  search: optionalText(1000).optional(),
  q: optionalText(1000).optional(),
  limit,
  cursor: cursor.optional(),
});
export type ListCustomersQuery = z.infer<typeof listCustomersQuery>;

/** A customer so large that its erasure goes on after the answer. */
export const erasingSchema = z.object({ status: z.literal("erasing") }).meta({ id: "Erasing" });

/** Attributes of a customer: at most 100, 16 KiB in all. */
const attributes = z
  .record(z.string().min(1).max(100), z.unknown())
  .refine((value) => Object.keys(value).length <= 100, "has more than 100 entries")
  .refine((value) => JSON.stringify(value).length <= 16_384, "is larger than 16 KiB");

export const updateCustomerRequest = z
  .object({
    name: optionalText(200),
    email: z.email("is not an e-mail address").max(254).nullable(),
    phone: optionalText(50).nullable(),
    attributes,
  })
  .partial()
  .meta({ id: "UpdateCustomer" });
export type UpdateCustomerRequest = z.infer<typeof updateCustomerRequest>;
