import { sql } from "kysely";
import type { Database, Executor, Tx } from "../database.js";
import { retried } from "../transaction.js";

/** A user in a conversation's room. */
export interface Occupant {
  conversationId: number;
  userId: number;
}

/** How long a row counts after a relay last wrote it. */
const lifetime = sql`interval '15 s'`;
/** Keeps these locks apart from any other advisory lock. */
const lockSpace = 7_205_312;

/** Whoever changes where a user is waits for the others that do, until the end of the transaction. */
export async function lockOccupant(tx: Tx, { conversationId, userId }: Occupant): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${lockSpace}, hashtext(${`${conversationId} ${userId}`}))`.execute(tx);
}

/** Writes that a locked user is in the room at that relay. Answers whether it was nowhere in it before. */
export async function writeOccupant(tx: Tx, relayId: string, { conversationId, userId }: Occupant): Promise<boolean> {
  const { rows } = await sql<{ others: boolean }>`
    SELECT EXISTS (SELECT FROM presence WHERE conversation_id = ${conversationId} AND user_id = ${userId}) AS others`.execute(
    tx,
  );
  await sql`
    INSERT INTO presence (conversation_id, user_id, relay_id, expires_at)
    VALUES (${conversationId}, ${userId}, ${relayId}, now() + ${lifetime})
    ON CONFLICT (conversation_id, user_id, relay_id) DO UPDATE SET expires_at = excluded.expires_at`.execute(tx);
  return rows[0]?.others === false;
}

/**
 * Takes away a locked user's row at that relay (null: none), and all of its rows that have run out. Answers whether it was
 * the last: something was taken, and nothing is left.
 */
export async function deleteOccupant(
  tx: Tx,
  relayId: string | null,
  { conversationId, userId }: Occupant,
): Promise<boolean> {
  const { rows: gone } = await sql`
    DELETE FROM presence
    WHERE conversation_id = ${conversationId} AND user_id = ${userId}
      AND (relay_id = ${relayId}::uuid OR expires_at < now())
    RETURNING 1`.execute(tx);
  if (gone.length === 0) return false;
  const { rows: left } = await sql`
    SELECT FROM presence WHERE conversation_id = ${conversationId} AND user_id = ${userId} LIMIT 1`.execute(tx);
  return left.length === 0;
}

/**
 * These are at that relay, for 15 s more: one statement for all, their rows locked in order. Nobody is written anew, so that
 * who has just left does not come back. Returns those whose row is gone.
 */
export async function renewOccupants(
  db: Database,
  relayId: string,
  occupants: readonly Occupant[],
): Promise<Occupant[]> {
  if (occupants.length === 0) return [];
  const { rows } = await retried(db, () =>
    sql<Occupant>`
      WITH mine AS (
        SELECT conversation_id, user_id FROM presence
        WHERE relay_id = ${relayId}::uuid ORDER BY conversation_id, user_id FOR NO KEY UPDATE
      ), renewed AS (
        UPDATE presence p SET expires_at = now() + ${lifetime} FROM mine
        WHERE p.relay_id = ${relayId}::uuid AND p.conversation_id = mine.conversation_id AND p.user_id = mine.user_id
      )
      SELECT t.conversation_id AS "conversationId", t.user_id AS "userId"
      FROM unnest(${occupants.map((one) => one.conversationId)}::bigint[],
                  ${occupants.map((one) => one.userId)}::bigint[]) AS t(conversation_id, user_id)
      WHERE NOT EXISTS (SELECT FROM mine m WHERE m.conversation_id = t.conversation_id AND m.user_id = t.user_id)`.execute(
      db.kysely,
    ),
  );
  return rows;
}

/** Users with a row that has run out, because its relay died; at most `limit`. */
export async function findLostOccupants(db: Executor, limit: number): Promise<Occupant[]> {
  const { rows } = await sql<Occupant>`
    SELECT DISTINCT conversation_id AS "conversationId", user_id AS "userId" FROM presence
    WHERE expires_at < now() ORDER BY 1, 2 LIMIT ${limit}`.execute(db);
  return rows;
}

/** How a user is called; null when there is none any more. */
export async function readOccupant(
  db: Executor,
  userId: number,
): Promise<{ id: number; name: string; role: string } | null> {
  const row = await db.selectFrom("users").select(["id", "name", "role"]).where("id", "=", userId).executeTakeFirst();
  return row ?? null;
}
