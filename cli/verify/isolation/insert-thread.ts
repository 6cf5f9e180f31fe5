import { randomUUID } from "node:crypto";
import type { Database } from "../../../src/db/database.js";

export interface NewThread {
  /** Its participants; the first one says its text, and opened it. */
  between: readonly [number, number];
  /** false: nobody opened it. */
  opened?: false;
  title: string;
  text: string;
  /** Name of the file that hangs on the text. */
  file: string;
}

/** A thread with one message that has a file, in plain SQL: what is judged is not what made it. */
export async function insertThread(
  { pool }: Pick<Database, "pool">,
  { between, opened, title, text, file }: NewThread,
): Promise<{ threadId: number; messageId: number }> {
  const key = [...between].sort((a, b) => a - b).join(",");
  const { rows } = await pool.query<{ id: number; conversation_id: number }>(
    `WITH talk AS (
       INSERT INTO conversations (kind, title, created_by, participant_key, last_seq, last_message_at)
       VALUES ('direct', $3, $8, $6, 1, now()) RETURNING id
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
    [between[0], between[1], title, text, file, key, randomUUID(), opened === false ? null : between[0]],
  );
  return { threadId: Number(rows[0]?.conversation_id), messageId: Number(rows[0]?.id) };
}

/** What was said in these conversations, with whose it is. */
export async function saidIn(
  { pool }: Pick<Database, "pool">,
  conversations: ReadonlyMap<number, number>,
): Promise<Map<number, readonly number[]>> {
  const { rows } = await pool.query<{ id: number; conversation_id: number }>(
    "SELECT id, conversation_id FROM messages WHERE conversation_id = ANY($1::bigint[])",
    [[...conversations.keys()]],
  );
  return new Map(
    rows.map((row) => {
      const owner = conversations.get(Number(row.conversation_id));
      return [Number(row.id), owner === undefined ? [] : [owner]];
    }),
  );
}

const matters = {
  disputes:
    "INSERT INTO disputes (conversation_id, created_by, subject, description) VALUES ($1, $2, $3, $3) RETURNING id",
  payments:
    "INSERT INTO payments (conversation_id, created_by, amount, description) VALUES ($1, $2, 5, $3) RETURNING id",
};

/** A dispute or payment of a thread. */
export async function insertMatter(
  { pool }: Pick<Database, "pool">,
  table: keyof typeof matters,
  threadId: number,
  createdBy: number,
  text: string,
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(matters[table], [threadId, createdBy, text]);
  return Number(rows[0]?.id);
}

/** An upload that no message uses; its bytes are nowhere, which only who may have them is told. */
export async function insertUpload(
  { pool }: Pick<Database, "pool">,
  uploaderId: number,
  name: string,
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO attachments (uploader_id, store_key, name, size, type)
     VALUES ($1, $2, $3, 1, 'text/plain') RETURNING id`,
    [uploaderId, randomUUID(), `${name}.txt`],
  );
  return Number(rows[0]?.id);
}
