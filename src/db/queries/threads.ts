import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** The key of a thread: its participants' ids in order, each once. One alone has none. */
export function participantKey(userIds: readonly number[]): string | null {
  const distinct = [...new Set(userIds)].sort((a, b) => a - b);
  return distinct.length > 1 ? distinct.join(",") : null;
}

/** The thread of these participants and that job (null: without one), or null. */
export async function findThread(db: Executor, key: string, jobId: number | null): Promise<number | null> {
  const row = await db
    .selectFrom("conversations")
    .select("id")
    .where("participant_key", "=", key)
    .where(sql<boolean>`coalesce(job_id, 0) = ${jobId ?? 0}`)
    .where("kind", "=", "direct")
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return row?.id ?? null;
}

/**
 * Makes a thread unless there is one of that key and job: then null, after whoever made it has committed. The unique index
 * decides, so two at once make one.
 */
export async function insertThread(
  tx: Tx,
  thread: {
    key: string | null;
    jobId: number | null;
    title: string;
    createdBy: number | null;
    userIds: readonly number[];
  },
): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO conversations (kind, title, channel, created_by, participant_key, job_id)
    VALUES ('direct', ${thread.title}, 'chat', ${thread.createdBy}, ${thread.key}, ${thread.jobId})
    ON CONFLICT (participant_key, coalesce(job_id, 0))
      WHERE kind = 'direct' AND deleted_at IS NULL AND participant_key IS NOT NULL DO NOTHING
    RETURNING id`.execute(tx);
  const id = rows[0]?.id;
  if (id === undefined) return null;
  await sql`
    INSERT INTO participants (conversation_id, user_id, role)
    SELECT ${id}, u, 'member' FROM unnest(${[...thread.userIds]}::bigint[]) AS u`.execute(tx);
  return id;
}

/** Sets a thread's key from its participants as they are. Throws 23505 when there is another thread of them. */
export async function renewKey(tx: Tx, conversationId: number): Promise<void> {
  await sql`
    UPDATE conversations c SET participant_key = p.key
    FROM (SELECT CASE WHEN count(*) > 1 THEN string_agg(user_id::text, ',' ORDER BY user_id) END AS key
          FROM participants WHERE conversation_id = ${conversationId}) p
    WHERE c.id = ${conversationId} AND c.kind = 'direct'`.execute(tx);
}

/** Those of the users that are there and may sign in; who was erased or disabled is none. */
export async function findUsers(
  db: Executor,
  ids: readonly number[],
): Promise<{ id: number; name: string; role: string }[]> {
  return db
    .selectFrom("users")
    .select(["id", "name", "role"])
    .where("id", "in", ids.length > 0 ? [...ids] : [-1])
    .where("disabled_at", "is", null)
    .orderBy("id")
    .execute();
}
