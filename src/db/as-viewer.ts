import { sql } from "kysely";
import type { Database, Executor } from "./database.js";
import type { Statement } from "./one-trip.js";
import { type Ahead, withAhead } from "./with-ahead.js";

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

// What a viewer sees is found by keys; a plan that is kept from when the tables were small must be such, too.
const behindTheWall = `/* as-viewer */
  SELECT set_config('role', '${role}', true), set_config('switchboard.viewer', $1, true),
         set_config('enable_seqscan', 'off', true)`;

const asBefore = "SELECT set_config('role', 'none', true), set_config('enable_seqscan', 'on', true)";

const asUser = (viewerId: number): Statement => ({
  name: "as-viewer",
  text: behindTheWall,
  values: [String(viewerId)],
});

/**
 * Reads as a customer or participant: under a role that row security lets see nothing but what that user takes part in,
 * and no notes (I8: a second wall behind the policy, which is asked before). Each statement that is read with is a
 * transaction of its own and one trip to Postgres, in which `ahead` and the role go before it. Where the server does not
 * let us have that role (`doctor` says so), the policy stands alone.
 */
export async function asViewer<T>(
  db: Database,
  viewerId: number,
  read: (db: Executor) => Promise<T>,
  ahead: readonly Ahead[] = [],
): Promise<T> {
  if (!guarded.has(db.pool)) {
    if (!(await readsAreGuarded(db))) return read(ahead.length > 0 ? withAhead(db, ahead) : db.kysely);
    guarded.add(db.pool);
  }
  const { bound } = db;
  try {
    return await read(withAhead(db, [...ahead, { statement: asUser(viewerId) }]));
  } finally {
    // The transaction is a larger one: it goes on as who it was, after a refusal too. One that failed takes no statement.
    await bound?.query(asBefore).catch(() => undefined);
  }
}
