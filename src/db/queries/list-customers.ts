import { sql } from "kysely";
import type { Sight } from "../../domain/visibility.js";
import type { Executor } from "../database.js";
import { containsPattern } from "./find-people.js";
import { customerInSight, inSight } from "./in-sight.js";
import { type CustomerRow, customerColumns } from "./read-customer.js";

/**
 * Customers by id, newest first, before `beforeId`. `search` finds by a part of the name or of the outside id; below three
 * characters only by the whole of one, because the trigram indexes are no help then. Only those in `sight`, default all.
 */
export async function listCustomers(
  db: Executor,
  options: { search: string | undefined; beforeId: number | undefined; limit: number; sight?: Sight | undefined },
): Promise<CustomerRow[]> {
  let query = db
    .selectFrom("customers")
    .innerJoin("users", "users.id", "customers.id")
    .select(customerColumns)
    .orderBy("customers.id", "desc")
    .limit(options.limit);
  if (options.beforeId !== undefined) query = query.where("customers.id", "<", options.beforeId);
  const { search, sight } = options;
  if (sight && sight.kind !== "all") query = query.where(await narrowedTo(db, sight));
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

/** What a reader sees so little of that its customers are counted up first; those of more are met soon on the way. */
const fewTickets = 5000;

/**
 * Customers of whom the sight holds a ticket. With few tickets in it, those customers by their ids: newest customers first,
 * each asked for a ticket in sight, is a walk over all of them where fewer than a page have one.
 */
async function narrowedTo(db: Executor, sight: Sight) {
  const { rows } = await sql<{ id: number }>`
    SELECT t.customer_id AS id FROM tickets t WHERE ${inSight(sight)} LIMIT ${fewTickets + 1}`.execute(db);
  if (rows.length > fewTickets) return customerInSight(sight);
  const ids = new Set(rows.map(({ id }) => id));
  return sql<boolean>`customers.id = ANY(${[...ids]}::bigint[])`;
}

function exactPattern(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
