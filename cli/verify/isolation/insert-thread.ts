import { randomUUID } from "node:crypto";
import type { Database } from "../../../src/db/database.js";

export interface NewThread {
  /** Its participants; the first one opened it and says its text. */
  between: readonly [number, number];
  title: string;
  text: string;
  /** Name of the file that hangs on the text. */
  file: string;
}

/** A thread with one message that has a file, in plain SQL: what is judged is not what made it. */
export async function insertThread(
  { pool }: Pick<Database, "pool">,
  { between, title, text, file }: NewThread,
): Promise<{ threadId: number; messageId: number }> {
  const key = [...between].sort((a, b) => a - b).join(",");
  const { rows } = await pool.query<{ id: number; conversation_id: number }>(
    `WITH talk AS (
       INSERT INTO conversations (kind, title, created_by, participant_key, last_seq, last_message_at)
       VALUES ('direct', $3, $1, $6, 1, now()) RETURNING id
     ), taking_part AS (
       INSERT INTO participants (conversation_id, user_id, role)
       SELECT talk.id, one, 'member' FROM talk, unnest(ARRAY[$1::bigint, $2::bigint]) one
     ), said AS (
       INSERT INTO messages (conversation_id, seq, sender_id, text) SELECT id, 1, $1, $4 FROM talk
       RETURNING id, conversation_id
     ), filed AS (
       INSERT INTO attachments (uploader_id, message_id, store_key, name, size, type)
       SELECT $1, id, $7, $5, 1, 'text/plain' FROM said
     )
     SELECT id, conversation_id FROM said`,
    [between[0], between[1], title, text, file, key, randomUUID()],
  );
  return { threadId: Number(rows[0]?.conversation_id), messageId: Number(rows[0]?.id) };
}

/** What was said in these conversations, with whose it is. */
export async function saidIn(
  { pool }: Pick<Database, "pool">,
  conversations: ReadonlyMap<number, number>,
): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ id: number; conversation_id: number }>(
    "SELECT id, conversation_id FROM messages WHERE conversation_id = ANY($1::bigint[])",
    [[...conversations.keys()]],
  );
  return new Map(rows.map((row) => [Number(row.id), conversations.get(Number(row.conversation_id)) ?? 0]));
}
