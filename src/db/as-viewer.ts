import { sql } from "kysely";
import type { Database, Tx } from "./database.js";
import { inTransaction } from "./transaction.js";

const role = "switchboard_reader";

/** Databases whose wall was seen standing. It is not taken down while the desk runs. */
const guarded = new WeakSet<Database["pool"]>();

/** Whether the wall stands: the role is there, this process may take it, and the tables are guarded. */
export async function readsAreGuarded(db: Database): Promise<boolean> {
  const { rows } = await sql<{ stands: boolean }>`
    SELECT coalesce((
      SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = ${role}
        AND EXISTS (SELECT FROM pg_policy WHERE polrelid = 'messages'::regclass AND polname = 'viewer')
    ), false) AS stands`.execute(db.kysely);
  return rows[0]?.stands === true;
}

/**
 * Reads as a customer or participant: in a transaction of its own, under a role that row security lets see nothing but
 * what that user takes part in, and no notes (I8: a second wall behind the policy, which is asked before). Where the
 * server does not let us have that role (`doctor` says so), the policy stands alone.
 */
export async function asViewer<T>(db: Database, viewerId: number, read: (tx: Tx) => Promise<T>): Promise<T> {
  if (!guarded.has(db.pool)) {
    if (!(await readsAreGuarded(db))) return read(db.kysely as Tx);
    guarded.add(db.pool);
  }
  return inTransaction(db, async (tx) => {
    // What a viewer sees is found by keys; a plan that is kept from when the tables were small must be such, too.
    await sql`
      /* as-viewer */
      SELECT set_config('role', ${role}, true), set_config('switchboard.viewer', ${String(viewerId)}, true),
             set_config('enable_seqscan', 'off', true)`.execute(tx);
    const seen = await read(tx);
    // The transaction may be a larger one: it goes on as who it was.
    if (db.bound) {
      await sql`SELECT set_config('role', 'none', true), set_config('enable_seqscan', 'on', true)`.execute(tx);
    }
    return seen;
  });
}
