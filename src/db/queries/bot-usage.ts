import { sql } from "kysely";
import type { Database, Executor } from "../database.js";
import { inTransaction } from "../transaction.js";

/** What may be spent, tokens. */
export interface TokenCaps {
  conversation: number;
  /** Of all conversations in a day (UTC). */
  day: number;
}

const today = sql`(now() AT TIME ZONE 'UTC')::date`;

/**
 * Sets tokens aside for one answer, as many of `wanted` as both caps still allow; 0: none. They count as spent at once,
 * so that answers at the same moment do not spend the same ones; a process that dies has spent them. The day's row is held
 * for these few statements only.
 */
export async function reserveTokens(
  db: Database,
  conversationId: number,
  wanted: number,
  caps: TokenCaps,
): Promise<number> {
  return inTransaction(db, async (tx) => {
    await sql`INSERT INTO bot_days (day) VALUES (${today}) ON CONFLICT DO NOTHING`.execute(tx);
    await sql`INSERT INTO bot_usage (conversation_id) VALUES (${conversationId}) ON CONFLICT DO NOTHING`.execute(tx);
    const { rows } = await sql<{ conversation: number }>`
      SELECT tokens AS conversation FROM bot_usage WHERE conversation_id = ${conversationId} FOR UPDATE`.execute(tx);
    const { rows: days } = await sql<{ day: number }>`
      SELECT tokens AS day FROM bot_days WHERE day = ${today} FOR UPDATE`.execute(tx);
    const left = Math.min(caps.conversation - (rows[0]?.conversation ?? 0), caps.day - (days[0]?.day ?? 0));
    const given = Math.max(0, Math.min(wanted, left));
    if (given > 0) await addTokens(tx, conversationId, given);
    return given;
  });
}

/** Corrects what was set aside by what it cost in the end: `tokens` more, or less. */
export async function settleTokens(db: Database, conversationId: number, tokens: number): Promise<void> {
  if (tokens === 0) return;
  await inTransaction(db, (tx) => addTokens(tx, conversationId, tokens));
}

async function addTokens(tx: Executor, conversationId: number, tokens: number): Promise<void> {
  await sql`
    UPDATE bot_usage SET tokens = greatest(0, tokens + ${tokens}) WHERE conversation_id = ${conversationId}`.execute(
    tx,
  );
  await sql`
    INSERT INTO bot_days AS d (day, tokens) VALUES (${today}, greatest(0, ${tokens}::bigint))
    ON CONFLICT (day) DO UPDATE SET tokens = greatest(0, d.tokens + ${tokens}::bigint)`.execute(tx);
}
