import { sql } from "kysely";
import { matchingEvents } from "../db/queries/matching-events.js";
import { lockWebhook } from "../db/queries/read-webhooks.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";

/** Events that one call sends again at most. */
export const replayMax = 10_000;

export interface ReplayInput {
  id: number;
  /** Left out: `since` counts among all events. */
  stream?: string | undefined;
  /** Events after that. */
  since: number;
}

/**
 * Sends a webhook again what it has subscribed to, from a position on, up to where it was looked at for; with the ids that
 * the events had, so that a receiver that has them drops them. They stand behind one another anew, in the order of the
 * log, whatever had become of them: what of them was on its way stands there as well. For admins. Throws
 * `webhook_not_found`.
 */
export async function replayWebhook(
  ctx: CommandContext,
  { id, stream, since }: ReplayInput,
): Promise<{ replayed: number; upTo: number | null; complete: boolean }> {
  requirePermission(ctx.actor, "webhook.write");
  return transact(ctx, async (tx) => {
    const webhook = await lockWebhook(tx, id);
    if (!webhook) throw new Refusal("webhook_not_found", "There is no such webhook.");
    const from = stream === undefined ? sql`e.seq > ${since}` : sql`e.stream = ${stream} AND e.pos > ${since}`;
    // One that is disabled is looked at for nothing: all that the log has is behind it.
    const { rows: head } = await sql<{ last: number }>`SELECT last_seq AS last FROM sequencer`.execute(tx);
    const behind = webhook.disabledReason !== null || webhook.events.length === 0;
    const upTo = behind ? (head[0]?.last ?? 0) : webhook.cursorSeq;
    const { rows } = await sql<{ seq: number }>`
      WITH again AS MATERIALIZED (
        SELECT * FROM (${matchingEvents(id, sql`${from} AND e.seq <= ${upTo}`)}) e ORDER BY e.seq LIMIT ${replayMax}
      ), gone AS (
        DELETE FROM deliveries WHERE webhook_id = ${id} AND event_seq IN (SELECT seq FROM again) RETURNING 1
      )
      SELECT seq FROM again, (SELECT count(*) FROM gone) removed ORDER BY seq`.execute(tx);
    const seqs = rows.map((row) => row.seq);
    await sql`
      INSERT INTO deliveries (webhook_id, channel, event_seq, event_type, stable_id, conversation_id, request_id)
      SELECT ${id}, 'webhook', e.seq, e.type, e.stable_id, e.conversation_id, e.request_id
      FROM (${matchingEvents(id, sql`e.seq = ANY(${seqs}::bigint[])`)}) e ORDER BY e.seq`.execute(tx);
    const after = { stream: stream ?? null, since, events: seqs.length };
    await recordAudit(tx, ctx, { action: "webhook.replay", subject: { kind: "webhook", id }, after });
    return { replayed: seqs.length, upTo: seqs.at(-1) ?? null, complete: seqs.length < replayMax };
  });
}
