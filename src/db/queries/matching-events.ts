import { type RawBuilder, sql } from "kysely";

/**
 * Events of `range` that a webhook has subscribed to, with the conversation that they are of (its order is kept) and the id
 * that they bear wherever they are sent. Notes never leave the agents, the desk's own facts leave nobody. An event of the
 * agents' stream is of its ticket's conversation; of what was deleted meanwhile, of none. Where queues are asked for, what
 * does not tell its queue is of the one in which its conversation's ticket is now.
 */
export function matchingEvents(webhookId: number, range: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    SELECT e.seq, e.type, e.request_id, c.id AS conversation_id,
           'evt_' || left((SELECT epoch FROM system), 12) || '_' || e.seq AS stable_id
    FROM webhooks w
    JOIN events e ON ${range} AND e.type = ANY(w.events) AND e.stream <> 'desk'
      AND e.payload #>> '{message,type}' IS DISTINCT FROM 'note'
      AND (e.type <> 'message_update' OR w.reasons = '{}' OR e.payload->>'reason' = ANY(w.reasons))
    LEFT JOIN tickets t ON e.stream = 'agents' AND t.id = (e.payload->>'message_id')::bigint
    LEFT JOIN conversations c ON c.id = CASE WHEN e.stream = 'agents' THEN t.conversation_id
                                             ELSE substring(e.stream FROM '^conversation:([0-9]{1,15})$')::bigint END
    WHERE w.id = ${webhookId} AND (w.queues = '{}' OR coalesce(
      e.payload->>'queue', CASE WHEN e.type = 'message_new' THEN 'general' END,
      (SELECT q.queue FROM tickets q WHERE q.conversation_id = c.id ORDER BY q.id DESC LIMIT 1)) = ANY(w.queues))`;
}
