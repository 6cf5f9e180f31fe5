import type { Database } from "../../../src/db/database.js";

export interface ThreadRow {
  id: number;
  /** What the second participant said, which the others have not read. */
  messageId: number;
}

/** A thread of these, which the first one opened, in plain SQL. It has no key: there may be many of the same people. */
export async function insertThread(
  { pool }: Pick<Database, "pool">,
  userIds: readonly [number, number, number],
  mark: string,
): Promise<ThreadRow> {
  const { rows: made } = await pool.query<{ id: number }>(
    `INSERT INTO conversations (kind, title, created_by, last_seq, last_message_at)
     VALUES ('direct', $2, $1, 1, now()) RETURNING id`,
    [userIds[0], `Thread ${mark}`],
  );
  const id = Number(made[0]?.id);
  await pool.query(
    "INSERT INTO participants (conversation_id, user_id, role) SELECT $1, unnest($2::bigint[]), 'member'",
    [id, userIds],
  );
  const { rows: said } = await pool.query<{ id: number }>(
    "INSERT INTO messages (conversation_id, seq, sender_id, text) VALUES ($1, 1, $2, $3) RETURNING id",
    [id, userIds[1], `Said ${mark}`],
  );
  return { id, messageId: Number(said[0]?.id) };
}

const matters = {
  disputes: `INSERT INTO disputes (conversation_id, created_by, subject, description) VALUES ($1, $2, 'Late', 'It is late') RETURNING id`,
  payments: "INSERT INTO payments (conversation_id, created_by, amount) VALUES ($1, $2, 20) RETURNING id",
};

/** A dispute or payment of a thread, in plain SQL. */
export async function insertMatter(
  { pool }: Pick<Database, "pool">,
  table: keyof typeof matters,
  threadId: number,
  createdBy: number,
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(matters[table], [threadId, createdBy]);
  return Number(rows[0]?.id);
}
