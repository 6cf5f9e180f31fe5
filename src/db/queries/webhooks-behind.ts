import { sql } from "kysely";
import type { Executor } from "../database.js";

/** One that took nothing for that long is given no more while so many stand due. */
const silentS = 30;
const dueMax = 1000;

/**
 * Webhooks with events after their cursor, the furthest behind first. One that takes nothing, and has a thousand deliveries
 * that it could take at once or that wait for one before them (looked at again, they count twice), is left out: more rows
 * would help nobody, and they cost the others a tenth of what is delivered (measured). Its events are safe in the log; when
 * the first of them is half as old as the log keeps them it is given them after all, so that what it never takes is listed as
 * dead, not gone. Not prepared by name, as `dueWebhooks`.
 */
export async function webhooksBehind(db: Executor, { logKeptMs }: { logKeptMs: number }): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT w.id FROM webhooks w CROSS JOIN sequencer s
    WHERE w.disabled_at IS NULL AND w.events <> '{}' AND w.cursor_seq < s.last_seq AND NOT (
      coalesce(w.last_sent_at < now() - ${silentS} * interval '1 s', true)
      AND (SELECT count(*) FROM (
             SELECT FROM deliveries d WHERE d.webhook_id = w.id AND d.status = 'pending' AND d.next_attempt_at <= now()
             LIMIT ${dueMax}) due)
        + (SELECT count(*) FROM (
             SELECT FROM deliveries d WHERE coalesce(d.webhook_id, 0) = w.id AND d.behind LIMIT ${dueMax}) late) >= ${dueMax}
      AND (SELECT e.created_at FROM events e WHERE e.seq > w.cursor_seq ORDER BY e.seq LIMIT 1)
          > now() - ${logKeptMs / 2} * interval '1 ms')
    ORDER BY w.cursor_seq`.execute(db);
  return rows.map((row) => row.id);
}
