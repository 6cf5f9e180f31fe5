import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** An upload: its row, and what decides who may have it. */
export interface AttachmentRow {
  id: number;
  uploaderId: number;
  storeKey: string;
  name: string;
  size: number;
  type: string;
  /** The conversation of the message that uses it; null: none does yet. */
  conversationId: number | null;
  /** It hangs on a note, which is the agents' alone. */
  ofNote: boolean;
}

/** An upload whose bytes are stored. */
export interface NewAttachment {
  uploaderId: number;
  storeKey: string;
  name: string;
  size: number;
  type: string;
}

/** Says that a file is there: the row that its bytes count by. Its id. */
export async function insertAttachment(db: Executor, attachment: NewAttachment): Promise<number> {
  const { uploaderId, storeKey, name, size, type } = attachment;
  const row = await db
    .insertInto("attachments")
    .values({ uploader_id: uploaderId, store_key: storeKey, name, size, type })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

/** One upload, or null. */
export async function readAttachment(db: Executor, id: number): Promise<AttachmentRow | null> {
  const { rows } = await sql<AttachmentRow>`
    SELECT a.id, a.uploader_id AS "uploaderId", a.store_key AS "storeKey", a.name, a.size, a.type,
           m.conversation_id AS "conversationId", coalesce(m.kind = 'note', false) AS "ofNote"
    FROM attachments a LEFT JOIN messages m ON m.id = a.message_id
    WHERE a.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** Uploads of a user that no message uses yet. */
export async function countUnused(db: Executor, uploaderId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*) AS n FROM attachments WHERE uploader_id = ${uploaderId} AND message_id IS NULL`.execute(db);
  return rows[0]?.n ?? 0;
}

/** What participants see of the file of each message that has one, by the message's id. */
export async function readAttachmentsOf(
  db: Executor,
  messageIds: readonly number[],
): Promise<Map<number, Pick<AttachmentRow, "id" | "name" | "size" | "type">>> {
  const rows = await db
    .selectFrom("attachments")
    .select(["message_id", "id", "name", "size", "type"])
    .where("message_id", "in", messageIds.length > 0 ? [...messageIds] : [-1])
    .execute();
  return new Map(rows.map(({ message_id, ...file }) => [Number(message_id), file]));
}

/**
 * Gives an unused upload of that user to a message. null: there is none such; it was used, is another's, or the daily job
 * had it first, which this waits for on the row.
 */
export async function attachTo(
  tx: Tx,
  input: { attachmentId: number; messageId: number; uploaderId: number },
): Promise<Pick<AttachmentRow, "id" | "name" | "size" | "type"> | null> {
  const row = await tx
    .updateTable("attachments")
    .set({ message_id: input.messageId })
    .where("id", "=", input.attachmentId)
    .where("uploader_id", "=", input.uploaderId)
    .where("message_id", "is", null)
    .returning(["id", "name", "size", "type"])
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Deletes the rows of uploads that no message has used for `hours`, the oldest `limit`. A row that an attach has locked is
 * passed over; an attach that comes later finds none. Their files are leftovers from then on. How many.
 */
export async function deleteUnused(db: Executor, hours: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM attachments WHERE id = ANY(ARRAY(
      SELECT id FROM attachments
      WHERE message_id IS NULL AND created_at < now() - ${hours} * interval '1 hour'
      ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED))`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** Keys of files whose rows are gone, the oldest `limit`. */
export async function readLeftovers(db: Executor, limit: number): Promise<string[]> {
  const rows = await db.selectFrom("leftover_files").select("store_key").orderBy("created_at").limit(limit).execute();
  return rows.map((row) => row.store_key);
}

/** Forgets leftovers whose files are removed. */
export async function forgetLeftovers(db: Executor, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`DELETE FROM leftover_files WHERE store_key = ANY(${[...keys]}::uuid[])`.execute(db);
}

/** Which of these keys no row names. */
export async function withoutRow(db: Executor, keys: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    SELECT key::text FROM unnest(${[...keys]}::uuid[]) AS given(key)
    WHERE NOT EXISTS (SELECT FROM attachments a WHERE a.store_key = key)`.execute(db);
  return rows.map((row) => row.key);
}
