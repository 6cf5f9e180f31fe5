import { sql } from "kysely";
import type { Executor } from "../database.js";
import { containsPattern } from "./find-people.js";
import { type CustomerRow, customerColumns } from "./read-customer.js";

/**
 * Customers by id, newest first, before `beforeId`. `search` finds by a part of the name or of the outside id; below three
 * characters only by the whole of one, because the trigram indexes are no help then.
 */
export async function listCustomers(
  db: Executor,
  options: { search: string | undefined; beforeId: number | undefined; limit: number },
): Promise<CustomerRow[]> {
  let query = db
    .selectFrom("customers")
    .innerJoin("users", "users.id", "customers.id")
    .select(customerColumns)
    .orderBy("customers.id", "desc")
    .limit(options.limit);
  if (options.beforeId !== undefined) query = query.where("customers.id", "<", options.beforeId);
  const search = options.search;
  if (search !== undefined) {
    const like = containsPattern(search);
    query = query.where(
      like === null
        ? sql<boolean>`customers.id IN (SELECT id FROM customers WHERE user_id = ${search}
                                        UNION SELECT id FROM users WHERE name ILIKE ${exactPattern(search)})`
        : sql<boolean>`customers.id IN (SELECT id FROM customers WHERE user_id ILIKE ${like}
                                        UNION SELECT id FROM users WHERE name ILIKE ${like})`,
    );
  }
  return query.execute();
}

function exactPattern(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
