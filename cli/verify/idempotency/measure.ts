import type { Database } from "../../../src/db/database.js";

/** What is there of a mark: rows by table, versions, audit rows, events by type and reason. */
export type Measure = Record<string, number>;

/**
 * Counts everything that bears the mark, or that calls with a request id of that mark did, in plain SQL. Written without
 * a look at the commands: a second effect of any kind shows as a larger number somewhere.
 */
const counts = `
  WITH people AS MATERIALIZED (
    SELECT u.* FROM users u LEFT JOIN customers c ON c.id = u.id WHERE u.name LIKE $1 OR u.email LIKE $1 OR c.user_id LIKE $1),
  mine AS MATERIALIZED (SELECT * FROM tickets WHERE customer_id IN (SELECT id FROM people)),
  talks AS MATERIALIZED (
    SELECT * FROM conversations WHERE kind <> 'support' AND (created_by IN (SELECT id FROM people)
      OR id IN (SELECT conversation_id FROM participants WHERE user_id IN (SELECT id FROM people)))),
  hooks AS MATERIALIZED (SELECT * FROM webhooks WHERE name LIKE $1),
  canned AS MATERIALIZED (SELECT * FROM canned_replies WHERE title LIKE $1 OR text LIKE $1)
  SELECT
    (SELECT count(*) FROM people) AS users,
    (SELECT count(*) FROM people WHERE disabled_at IS NOT NULL) AS "users disabled",
    (SELECT coalesce(sum(token_version), 0) FROM people) AS "token versions",
    (SELECT count(*) FROM customers WHERE id IN (SELECT id FROM people)) AS customers,
    (SELECT coalesce(sum(total_tickets * 1000 + open_tickets), 0) FROM customers WHERE id IN (SELECT id FROM people)) AS "customers' tickets",
    (SELECT coalesce(sum(capacity), 0) FROM agents WHERE id IN (SELECT id FROM people)) AS capacities,
    (SELECT count(*) FROM agents WHERE id IN (SELECT id FROM people) AND availability <> 'offline') AS "agents not offline",
    (SELECT count(*) FROM agents WHERE id IN (SELECT id FROM people) AND deleted_at IS NOT NULL) AS "agents deleted",
    (SELECT count(*) FROM agent_queues WHERE agent_id IN (SELECT id FROM people)) AS "agents' queues",
    (SELECT count(*) FROM queues WHERE name LIKE $1) AS queues,
    (SELECT coalesce(sum(cardinality(topics)), 0) FROM queues WHERE name LIKE $1) AS topics,
    (SELECT count(*) FROM canned) AS "canned replies",
    (SELECT coalesce(sum(uses), 0) FROM canned) AS "uses of canned replies",
    (SELECT count(*) FROM api_keys WHERE name LIKE $1) AS "API keys",
    (SELECT count(*) FROM api_keys WHERE name LIKE $1 AND revoked_at IS NOT NULL) AS "API keys revoked",
    (SELECT count(*) FROM hooks) AS webhooks,
    (SELECT count(*) FROM hooks WHERE disabled_at IS NOT NULL) AS "webhooks disabled",
    (SELECT count(*) FROM hooks WHERE previous_secret IS NOT NULL) AS "webhooks' overlaps",
    (SELECT count(*) FROM deliveries WHERE webhook_id IN (SELECT id FROM hooks)) AS "webhooks' deliveries",
    (SELECT count(*) FROM deliveries WHERE webhook_id IN (SELECT id FROM hooks) AND status = 'failed') AS "dead letters",
    (SELECT count(*) FROM email_bounces WHERE address LIKE $1) AS bounces,
    (SELECT count(*) FROM mine) AS tickets,
    (SELECT coalesce(sum(version), 0) FROM mine) AS versions,
    (SELECT count(*) FROM mine WHERE status = 'unassigned') AS "tickets waiting",
    (SELECT count(*) FROM mine WHERE status = 'closed') AS "tickets closed",
    (SELECT count(*) FROM mine WHERE sold_at IS NOT NULL) AS "tickets sold",
    (SELECT count(*) FROM mine WHERE snoozed_until IS NOT NULL) AS "tickets snoozed",
    (SELECT count(*) FROM conversations WHERE id IN (SELECT conversation_id FROM mine)) AS conversations,
    (SELECT count(*) FROM messages WHERE conversation_id IN (SELECT conversation_id FROM mine)) AS messages,
    (SELECT count(*) FROM participants WHERE conversation_id IN (SELECT conversation_id FROM mine)) AS participants,
    (SELECT count(*) FROM assignments WHERE ticket_id IN (SELECT id FROM mine)) AS assignments,
    (SELECT count(*) FROM deliveries WHERE ticket_id IN (SELECT id FROM mine)) AS deliveries,
    (SELECT count(*) FROM urgency_labels WHERE message_id IN (SELECT opening_message_id FROM mine)) AS "urgency labels",
    (SELECT count(*) FROM urgency_scores WHERE message_id IN (SELECT opening_message_id FROM mine)) AS "urgency scores",
    (SELECT count(*) FROM talks) AS talks,
    (SELECT count(*) FROM talks WHERE is_archived) AS "talks archived",
    (SELECT count(*) FROM talks WHERE deleted_at IS NOT NULL) AS "talks deleted",
    (SELECT count(*) FROM participants WHERE conversation_id IN (SELECT id FROM talks)) AS "talks' participants",
    (SELECT coalesce(sum(last_read_seq), 0) FROM participants WHERE conversation_id IN (SELECT id FROM talks)) AS "talks' read marks",
    (SELECT coalesce(sum(unread_count), 0) FROM participants WHERE conversation_id IN (SELECT id FROM talks)) AS "talks' unread",
    (SELECT count(*) FROM messages WHERE conversation_id IN (SELECT id FROM talks)) AS "talks' messages",
    (SELECT count(*) FROM messages WHERE conversation_id IN (SELECT id FROM talks) AND edited_at IS NOT NULL) AS "talks' edited",
    (SELECT count(*) FROM messages WHERE conversation_id IN (SELECT id FROM talks) AND deleted_at IS NOT NULL) AS "talks' tombstones",
    (SELECT count(*) FROM disputes WHERE conversation_id IN (SELECT id FROM talks)) AS disputes,
    (SELECT count(*) FROM disputes WHERE conversation_id IN (SELECT id FROM talks) AND changed_at IS NOT NULL) AS "disputes decided",
    (SELECT count(*) FROM payments WHERE conversation_id IN (SELECT id FROM talks) AND changed_at IS NOT NULL) AS "payments settled",
    (SELECT count(*) FROM payments WHERE conversation_id IN (SELECT id FROM talks)) AS payments,
    (SELECT count(*) FROM job_updates WHERE conversation_id IN (SELECT id FROM talks)) AS "job updates"`;

const audited = `SELECT 'audit ' || action AS what, count(*) AS n FROM audit_log WHERE request_id LIKE $1 GROUP BY 1`;

const told = `
  SELECT 'event ' || type || coalesce(' ' || (payload->>'reason'), '') AS what, count(*) AS n FROM (
    SELECT type, payload FROM outbox WHERE request_id LIKE $1
    UNION ALL SELECT type, payload FROM events WHERE request_id LIKE $1 AND created_at > now() - interval '30 minutes') e
  GROUP BY 1`;

/** When the rows of the mark were last written: stands still while nothing has an effect. */
const written = `
  SELECT coalesce(max(at)::text, '') AS at FROM (
    SELECT u.updated_at AS at FROM users u LEFT JOIN customers c ON c.id = u.id
      WHERE u.name LIKE $1 OR u.email LIKE $1 OR c.user_id LIKE $1
    UNION ALL SELECT c.updated_at FROM customers c JOIN users u USING (id) WHERE u.name LIKE $1 OR c.user_id LIKE $1
    UNION ALL SELECT a.updated_at FROM agents a JOIN users u USING (id) WHERE u.name LIKE $1
    UNION ALL SELECT greatest(m.created_at, m.edited_at, m.deleted_at, p.last_read_at, p.joined_at)
      FROM users u JOIN participants p ON p.user_id = u.id LEFT JOIN messages m USING (conversation_id) WHERE u.name LIKE $1
    UNION ALL SELECT updated_at FROM canned_replies WHERE title LIKE $1 OR text LIKE $1
    UNION ALL SELECT t.updated_at FROM tickets t JOIN customers c ON c.id = t.customer_id WHERE c.user_id LIKE $1) rows`;

/** What is there of a mark now. */
export async function measure({ pool }: Pick<Database, "pool">, mark: string): Promise<Measure> {
  const like = `%${mark}%`;
  const { rows } = await pool.query<Record<string, string>>(counts, [like]);
  const lists = await Promise.all(
    [audited, told].map((sql) => pool.query<{ what: string; n: string }>(sql, [`${mark}%`])),
  );
  const listed = lists.flatMap((list) => list.rows.map(({ what, n }) => [what, Number(n)] as const));
  return {
    ...Object.fromEntries(Object.entries(rows[0] ?? {}).map(([what, n]) => [what, Number(n)])),
    ...Object.fromEntries(listed),
  };
}

/** When anything of the mark was last written. */
export async function lastWritten({ pool }: Pick<Database, "pool">, mark: string): Promise<string> {
  const { rows } = await pool.query<{ at: string }>(written, [`%${mark}%`]);
  return rows[0]?.at ?? "";
}

/** What has changed between two measures; what has not is left out. */
export function difference(before: Measure, after: Measure): Measure {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const pairs = [...names].map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const);
  return Object.fromEntries(pairs.filter(([, n]) => n !== 0).sort(([a], [b]) => a.localeCompare(b)));
}
