import { sql } from "kysely";
import type { Database, Tx } from "../db/database.js";
import { matchingEvents } from "../db/queries/matching-events.js";
import { webhooksBehind } from "../db/queries/webhooks-behind.js";
import { inTransaction } from "../db/transaction.js";

/** Events that one step goes through at most. */
const stepEvents = 1000;

/**
 * Gives each webhook the deliveries of the events since its cursor. The cursor moves in the transaction that inserts them,
 * behind places that have no hole (DESIGN.md 5), so that a crash misses nothing, and (webhook, event) is unique, so that
 * nothing is there twice. The webhook's row is the lock: one worker does it, others pass by (SKIP LOCKED). One that takes
 * nothing is given no more for a while (`webhooksBehind`): its events wait in the log, which is kept for `logKeptMs`.
 * Returns how many deliveries were made, and whether there is more to go through.
 */
export async function fanOutEvents(
  db: Database,
  { logKeptMs }: { logKeptMs: number },
): Promise<{ made: number; more: boolean }> {
  let made = 0;
  let more = false;
  for (const id of await webhooksBehind(db.kysely, { logKeptMs })) {
    const step = await inTransaction(db, (tx) => fanOut(tx, id));
    made += step.made;
    more ||= step.more;
  }
  return { made, more };
}

async function fanOut(tx: Tx, webhookId: number): Promise<{ made: number; more: boolean }> {
  const { rows } = await sql<{ cursor: number; last: number }>`
    /* lock-webhook-cursor */
    SELECT w.cursor_seq AS cursor, s.last_seq AS last FROM webhooks w CROSS JOIN sequencer s
    WHERE w.id = ${webhookId} AND w.disabled_at IS NULL FOR NO KEY UPDATE OF w SKIP LOCKED`.execute(tx);
  const [row] = rows;
  if (!row || row.cursor >= row.last) return { made: 0, more: false };
  const upTo = Math.min(row.last, row.cursor + stepEvents);
  const { rows: made } = await sql`
    /* fan-out-events */
    INSERT INTO deliveries (webhook_id, channel, event_seq, event_type, stable_id, conversation_id, request_id)
    SELECT ${webhookId}, 'webhook', e.seq, e.type, e.stable_id, e.conversation_id, e.request_id
    FROM (${matchingEvents(webhookId, sql`e.seq > ${row.cursor} AND e.seq <= ${upTo}`)}) e ORDER BY e.seq
    ON CONFLICT (webhook_id, event_seq) WHERE event_seq IS NOT NULL DO NOTHING
    RETURNING 1`.execute(tx);
  await sql`UPDATE webhooks SET cursor_seq = ${upTo} WHERE id = ${webhookId}`.execute(tx);
  return { made: made.length, more: upTo < row.last };
}
