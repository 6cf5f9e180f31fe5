import type { Database, Tx } from "../db/database.js";
import { findOutsideUser, insertOutsideUser, linkCustomer, type OutsideSubject } from "../db/queries/outside-users.js";
import { inTransaction, sqlState } from "../db/transaction.js";
import { theDesk } from "../domain/audit.js";
import { Refusal } from "../domain/errors.js";
import type { Role } from "../domain/policy.js";
import { recordAudit } from "./audit.js";

/** Who an outside issuer says somebody is. */
export interface OutsidePerson {
  outside: OutsideSubject;
  role: Role;
  name: string;
  email: string | null;
  /** A customer's outside id. */
  userId: string | null;
}

const tries = 3;

/**
 * The user that a subject of the outside issuer is; made at first sight, once, however many of its calls come first at the
 * same time. A customer is the one of that outside id, where the desk knows it already (by its messages, or because an admin
 * made it) and it is no other subject's. An agent is offline and has the desk's capacity. A known subject is as the desk has
 * it, whatever its token says now. Throws `unauthorized` where the outside id is another subject's.
 */
export async function admitOutsideUser(
  ctx: { db: Database; capacity: number },
  person: OutsidePerson,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const known = await findOutsideUser(ctx.db.kysely, person.outside);
    if (known !== null) return known;
    try {
      const made = await inTransaction(ctx.db, (tx) => admit(tx, ctx.capacity, person));
      if (made !== null) return made;
    } catch (error) {
      // A call or an intake made the same user or customer at the same moment: it is there now.
      if (sqlState(error) !== "23505" || attempt >= tries) throw error;
    }
    if (attempt >= tries) throw new Refusal("unavailable", "The user could not be made now, try again.");
  }
}

async function admit(tx: Tx, capacity: number, person: OutsidePerson): Promise<number | null> {
  const { outside, role, name, email, userId } = person;
  if (userId !== null) {
    const linked = await linkCustomer(tx, userId, outside);
    if (linked === "taken") throw new Refusal("unauthorized", "The token's user_id is another subject's.");
    if (linked !== null) return linked;
  }
  const id = await insertOutsideUser(tx, { ...outside, role, name });
  if (id === null) return null;
  if (userId !== null) await tx.insertInto("customers").values({ id, user_id: userId, email }).execute();
  if (role === "agent") await tx.insertInto("agents").values({ id, capacity }).execute();
  if (role !== "customer") {
    // A customer is nobody's privileged act; who may act on others' tickets is.
    const after = { role, name, issuer: outside.issuer };
    const entry = { action: "user.create", subject: { kind: "user", id }, after } as const;
    await recordAudit(tx, { actor: theDesk, requestId: null }, entry);
  }
  return id;
}
