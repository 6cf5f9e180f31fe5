import type { Executor } from "../database.js";

/** A customer as staff sees it. */
export interface CustomerRow {
  id: number;
  userId: string;
  name: string;
  email: string | null;
  phone: string | null;
  attributes: Record<string, unknown>;
  openTickets: number;
  totalTickets: number;
  lastSeenAt: Date | null;
}

/** The columns of a CustomerRow: `customers` joined with `users`. */
export const customerColumns = [
  "customers.id",
  "customers.user_id as userId",
  "users.name",
  "customers.email",
  "customers.phone",
  "customers.attributes",
  "customers.open_tickets as openTickets",
  "customers.total_tickets as totalTickets",
  "customers.last_seen_at as lastSeenAt",
] as const;

/** One customer by its id, or null. */
export async function readCustomer(db: Executor, customerId: number): Promise<CustomerRow | null> {
  const row = await db
    .selectFrom("customers")
    .innerJoin("users", "users.id", "customers.id")
    .select(customerColumns)
    .where("customers.id", "=", customerId)
    .executeTakeFirst();
  return row ?? null;
}
