import type { Database } from "../../src/db/database.js";

export interface Backlog {
  agentIds: number[];
  ticketIds: { from: number; to: number };
}

/** Rows that one statement writes, so that each stays below the statement timeout. */
const step = 50_000;

/**
 * Writes scored and routed tickets straight into the tables, for what is measured on a full desk: `waiting` in four
 * queues, due over the next day in no order, a quarter as many customers, and `closed` ones beside them; and agents that
 * serve all. Nothing is announced. For a database of one's own, never a desk at work.
 */
export async function seedBacklog(
  db: Database,
  size: { waiting: number; closed: number; agents: number },
): Promise<Backlog> {
  const { rows: agents } = await db.pool.query<{ id: number }>(
    `WITH made AS (INSERT INTO users (role, name) SELECT 'agent', 'Bench agent ' || i FROM generate_series(1, $1::int) i RETURNING id)
     INSERT INTO agents (id) SELECT id FROM made RETURNING id`,
    [size.agents],
  );
  const total = size.waiting + size.closed;
  const { rows: customers } = await db.pool.query<{ from: number; count: number }>(
    `WITH made AS (INSERT INTO users (role) SELECT 'customer' FROM generate_series(1, greatest(1, $1::int / 4)) RETURNING id),
          named AS (INSERT INTO customers (id, user_id) SELECT id, 'backlog-' || id FROM made RETURNING id)
     SELECT min(id) AS "from", count(*)::int AS count FROM named`,
    [total],
  );
  const { from: firstCustomer = 0, count = 1 } = customers[0] ?? {};
  const { rows: bases } = await db.pool.query<{ base: number }>(
    "SELECT greatest((SELECT coalesce(max(id), 0) FROM conversations), (SELECT coalesce(max(id), 0) FROM messages), (SELECT coalesce(max(id), 0) FROM tickets)) AS base",
  );
  const base = bases[0]?.base ?? 0;
  for (let from = 1; from <= total; from += step) {
    const to = Math.min(total, from + step - 1);
    const values = [base, from, to, firstCustomer, count];
    await db.pool.query(
      `INSERT INTO conversations (id, created_by, last_seq, last_message_at)
       SELECT $1::bigint + i, $4::bigint + i % $5::bigint, 1, now() FROM generate_series($2::bigint, $3::bigint) i`,
      values,
    );
    await db.pool.query(
      `INSERT INTO messages (id, conversation_id, seq, sender_id, text, ticket_version)
       SELECT $1::bigint + i, $1::bigint + i, 1, $4::bigint + i % $5::bigint, 'When will my loan come?', 1
       FROM generate_series($2::bigint, $3::bigint) i`,
      values,
    );
    // The queue is taken from the block of four, the closed ones from the end: neither follows the other.
    await db.pool.query(
      `INSERT INTO tickets (id, conversation_id, customer_id, opening_message_id, status, closed_at, due_at,
                            first_unanswered_at, queue, urgency, urgency_level, topic, scored_at, routed_at)
       SELECT $1::bigint + i, $1::bigint + i, $4::bigint + i % $5::bigint, $1::bigint + i,
              CASE WHEN i > $6::bigint THEN 'closed' ELSE 'unassigned' END, CASE WHEN i > $6::bigint THEN now() END,
              now() + make_interval(secs => abs(hashint8(i)) % 86400), now(),
              (ARRAY['general', 'loans', 'repayments', 'accounts'])[1 + i % 4], 50, 'normal', 'other', now(), now()
       FROM generate_series($2::bigint, $3::bigint) i`,
      [...values, size.waiting],
    );
  }
  for (const sequence of ["conversations", "messages", "tickets"]) {
    await db.pool.query(`SELECT setval(pg_get_serial_sequence('${sequence}', 'id'), $1)`, [base + total]);
  }
  for (const table of ["tickets", "agents", "customers"]) await db.pool.query(`ANALYZE ${table}`);
  return { agentIds: agents.map((agent) => agent.id), ticketIds: { from: base + 1, to: base + total } };
}
