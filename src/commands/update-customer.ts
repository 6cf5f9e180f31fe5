import { sql } from "kysely";
import { fieldNames } from "../domain/audit.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";

export interface CustomerChange {
  customerId: number;
  name?: string | undefined;
  email?: string | null | undefined;
  phone?: string | null | undefined;
  /** Merged into what is there; null removes a key. */
  attributes?: Record<string, unknown> | undefined;
}

/** Changes what is given of a customer's profile. Throws `customer_not_found`, for one that was erased too. */
export async function updateCustomer(ctx: CommandContext, input: CustomerChange): Promise<{ customerId: number }> {
  requirePermission(ctx.actor, "customer.update");
  return transact(ctx, async (tx) => {
    const row = await tx
      .updateTable("customers")
      .set({
        updated_at: sql<Date>`now()`,
        ...(input.email !== undefined ? { email: input.email } : {}),
        ...(input.phone !== undefined ? { phone: input.phone } : {}),
        ...(input.attributes !== undefined
          ? { attributes: sql<string>`jsonb_strip_nulls(attributes || ${JSON.stringify(input.attributes)}::jsonb)` }
          : {}),
      })
      .where("id", "=", input.customerId)
      .where("erased_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (!row) throw new Refusal("customer_not_found", "There is no such customer.");
    if (input.name !== undefined) {
      await tx
        .updateTable("users")
        .set({ name: input.name, updated_at: sql<Date>`now()` })
        .where("id", "=", input.customerId)
        .execute();
    }
    const { customerId, ...change } = input;
    await recordAudit(tx, ctx, {
      action: "customer.update",
      subject: { kind: "customer", id: customerId },
      after: { fields: fieldNames(change) },
    });
    return { customerId };
  });
}
