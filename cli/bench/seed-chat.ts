import type { Database } from "../../src/db/database.js";

export interface ChatDesk {
  talks: { id: number; between: readonly [number, number] }[];
  /** Who reads a long thread, and has a thousand with something unread in each. */
  reader: number;
  longThread: { id: number; messages: number };
}

const manyThreads = 1000;
const longThreadMessages = 100_000;

/**
 * Writes customers, threads and what was said in them straight into the tables. Nothing is announced. For a database of
 * one's own, never a desk at work.
 */
export async function seedChat({ pool }: Database, conversations: number): Promise<ChatDesk> {
  const people = await pool.query<{ id: number }>(
    `WITH made AS (INSERT INTO users (role, name) SELECT 'customer', 'Bench ' || i FROM generate_series(1, $1::int) i RETURNING id)
     INSERT INTO customers (id, user_id) SELECT id, 'bench-chat-' || id FROM made RETURNING id`,
    [conversations * 2 + 2],
  );
  const [reader = 0, other = 0, ...talkers] = people.rows.map(({ id }) => Number(id));
  const pairs = Array.from(
    { length: conversations },
    (_, n) => [talkers[2 * n] ?? 0, talkers[2 * n + 1] ?? 0] as const,
  );
  const talks = [];
  for (const between of pairs) talks.push({ id: await insertThread(pool, between, null, 0), between });
  const id = await insertThread(pool, [reader, other], null, longThreadMessages);
  const client = await pool.connect();
  try {
    // Without its triggers: a hundred thousand changes of one unread count in one transaction take hours.
    await client.query("SET session_replication_role = replica");
    await client.query(
      `INSERT INTO messages (conversation_id, seq, sender_id, text)
       SELECT $1, i, CASE WHEN i % 2 = 0 THEN $2::bigint ELSE $3::bigint END, 'Message ' || i FROM generate_series(1, $4::int) i`,
      [id, reader, other, longThreadMessages],
    );
  } finally {
    // Not given back to the pool: nobody else writes as this one did.
    client.release(true);
  }
  for (let job = 1; job < manyThreads; job++) {
    const thread = await insertThread(pool, [reader, other], job, 1);
    await pool.query("INSERT INTO messages (conversation_id, seq, sender_id, text) VALUES ($1, 1, $2, 'New')", [
      thread,
      other,
    ]);
  }
  await pool.query("ANALYZE");
  return { talks, reader, longThread: { id, messages: longThreadMessages } };
}

async function insertThread(
  pool: Database["pool"],
  between: readonly [number, number],
  jobId: number | null,
  lastSeq: number,
): Promise<number> {
  const key = [...between].sort((a, b) => a - b).join(",");
  const { rows } = await pool.query<{ id: number }>(
    `WITH talk AS (
       INSERT INTO conversations (kind, created_by, participant_key, job_id, last_seq, last_message_at)
       VALUES ('direct', $1, $3, $4, $5, now()) RETURNING id
     )
     INSERT INTO participants (conversation_id, user_id, role)
     SELECT talk.id, one, 'member' FROM talk, unnest(ARRAY[$1::bigint, $2::bigint]) one
     RETURNING conversation_id AS id`,
    [between[0], between[1], key, jobId, lastSeq],
  );
  return Number(rows[0]?.id);
}
