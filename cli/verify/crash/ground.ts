import { randomBytes } from "node:crypto";
import type pg from "pg";
import { accessToken } from "../../access-token.js";
import type { Desk } from "../../desk.js";

/** Who acts, with a token for the run. */
export interface CrashPerson {
  id: number;
  name: string;
  token: string;
}

export interface CrashCustomer extends CrashPerson {
  userId: string;
}

/** Agents, customers, a queue and a canned reply of one run: nobody else's, and gone after it. */
export interface CrashGround {
  run: string;
  queue: string;
  capacity: number;
  admin: CrashPerson;
  agents: CrashPerson[];
  /** The first of the agents: they watch by socket and are pushed to. */
  online: number;
  customers: CrashCustomer[];
  cannedId: number;
  /** The database's clock when it began. */
  beganAt: Date;
  /**
   * Gives the run's scored and routed tickets to its own queue, which only its agents serve: what is assigned stays among
   * them. Returns how many.
   */
  usher(): Promise<number>;
  remove(): Promise<void>;
}

/** What the canned reply of the run says of a mark. */
export const cannedSays = (mark: string) => `Noted: ${mark}`;

const tokenTtlS = 86_400;
const removedAtOnce = 500;

/** Makes the ground, in plain SQL. */
export async function makeCrashGround(
  desk: Desk,
  wanted: { agents: number; online: number; customers: number },
): Promise<CrashGround> {
  const { pool } = desk.db;
  const run = `crash${randomBytes(4).toString("hex")}`;
  const queue = `verify-${run}`;
  const capacity = Math.max(1, desk.config.TICKET_CAPACITY);
  const remove = () => removeRun(pool, run, queue);
  try {
    const { rows: clock } = await pool.query<{ now: Date }>("SELECT now() AS now");
    // Its topic has the queue's name: the stages leave there what the usher brought.
    await pool.query("INSERT INTO queues (name, topics) VALUES ($1, ARRAY[$1])", [queue]);
    const admins = await people(desk, "admin", run, 1);
    const agents = await people(desk, "agent", run, wanted.agents);
    const customers = await people(desk, "customer", run, wanted.customers);
    const ids = agents.map((agent) => agent.id);
    await pool.query("INSERT INTO agents (id, capacity) SELECT unnest($1::bigint[]), $2", [ids, capacity]);
    await pool.query("INSERT INTO agent_queues (agent_id, queue) SELECT unnest($1::bigint[]), $2", [ids, queue]);
    const outside = customers.map((customer) => customer.name);
    await pool.query("INSERT INTO customers (id, user_id) SELECT * FROM unnest($1::bigint[], $2::text[])", [
      customers.map((customer) => customer.id),
      outside,
    ]);
    const { rows: canned } = await pool.query<{ id: number }>(
      "INSERT INTO canned_replies (title, text) VALUES ($1, $2) RETURNING id",
      [run, cannedSays("{{mark}}")],
    );
    const [admin] = admins;
    if (!admin) throw new Error("the run's admin was not made");
    const customerIds = customers.map((customer) => customer.id);
    return {
      ...{ run, queue, capacity, admin, agents, online: wanted.online },
      customers: customers.map((customer) => ({ ...customer, userId: customer.name })),
      cannedId: Number(canned[0]?.id),
      beganAt: clock[0]?.now ?? new Date(),
      usher: usherOf(pool, customerIds, queue),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function people(desk: Desk, role: string, run: string, count: number): Promise<CrashPerson[]> {
  const { rows } = await desk.db.pool.query<{ id: number; name: string }>(
    "INSERT INTO users (role, name) SELECT $1, $2 || n FROM generate_series(1, $3::int) n RETURNING id, name",
    [role, `${run} ${role} `, count],
  );
  const made: CrashPerson[] = [];
  for (const { id, name } of rows) {
    made.push({ id: Number(id), name, token: await accessToken(desk, Number(id), tokenTtlS) });
  }
  return made;
}

/** So many ids below the newest there is nothing that was stored and is not committed yet. */
const uncommittedAtMost = 2000;

/** Looks only at what came since the oldest that it has not moved: a run of half an hour makes hundreds of thousands. */
function usherOf(pool: pg.Pool, customerIds: number[], queue: string): () => Promise<number> {
  const waits = "customer_id = ANY($1::bigint[]) AND status = 'unassigned' AND queue <> $2";
  let from = 0;
  return async () => {
    const { rowCount } = await pool.query(
      `UPDATE tickets SET queue = $2, topic = $2 WHERE id = ANY(ARRAY(
         SELECT id FROM tickets WHERE id >= $3 AND ${waits} AND scored_at IS NOT NULL AND routed_at IS NOT NULL
         ORDER BY id LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED))`,
      [customerIds, queue, from],
    );
    const { rows } = await pool.query<{ next: number | null }>(
      `SELECT coalesce(min(id) FILTER (WHERE ${waits}), max(id))::float8 AS next FROM tickets WHERE id >= $3`,
      [customerIds, queue, from],
    );
    from = Math.max(from, (rows[0]?.next ?? 0) - uncommittedAtMost);
    return rowCount ?? 0;
  };
}

/** Takes away all that bears the run's mark; whoever watches is told of each ticket. */
async function removeRun(pool: pg.Pool, run: string, queue: string): Promise<void> {
  const { rows: users } = await pool.query<{ id: number }>("SELECT id FROM users WHERE name LIKE $1", [`${run} %`]);
  const ids = users.map((user) => user.id);
  await pool.query("DELETE FROM webhooks WHERE name LIKE $1", [`${run} %`]);
  for (;;) {
    const { rows } = await pool.query<{ gone: number }>(
      `WITH chosen AS MATERIALIZED (
         SELECT DISTINCT conversation_id FROM tickets WHERE customer_id = ANY($1::bigint[]) LIMIT $2
       ), locked AS MATERIALIZED (
         SELECT id FROM conversations WHERE id IN (SELECT conversation_id FROM chosen) ORDER BY id FOR UPDATE
       ), told AS (
         INSERT INTO outbox (stream, type, payload)
         SELECT 'agents', 'message_deleted', jsonb_build_object('message_id', t.id)
         FROM tickets t JOIN locked l ON l.id = t.conversation_id
       ), gone AS (DELETE FROM conversations WHERE id IN (SELECT id FROM locked) RETURNING id)
       SELECT count(*)::int AS gone FROM gone`,
      [ids, removedAtOnce],
    );
    if ((rows[0]?.gone ?? 0) === 0) break;
  }
  await pool.query("DELETE FROM conversations WHERE kind = 'direct' AND created_by = ANY($1::bigint[])", [ids]);
  await pool.query("DELETE FROM users WHERE id = ANY($1::bigint[])", [ids]);
  await pool.query("DELETE FROM canned_replies WHERE title = $1", [run]);
  await pool.query("DELETE FROM queues WHERE name = $1", [queue]);
}
