import type { PoolClient } from "pg";
import type { Act } from "../ledger.js";

export interface AuditScope {
  customerIds: readonly number[];
  agentIds: readonly number[];
  capacity: number;
  beganAt: Date;
  acts: readonly Act[];
}

const actsAtOnce = 5000;

/**
 * Lays out, for one snapshot of the database, what the rules ask: the run's tickets, their history, what was said in them,
 * what the log tells of them in its order (with what still waits in the outbox after it), and the acts of the load.
 * Temporary tables of the transaction that is open on `client`.
 */
export async function collect(client: PoolClient, scope: AuditScope): Promise<void> {
  await client.query(
    `CREATE TEMP TABLE acted (n int, kind text, request_id text, key text, ticket_id bigint, agent_id bigint,
       to_agent_id bigint, text text, acked boolean, version int, given bigint[]) ON COMMIT DROP`,
  );
  for (let from = 0; from < scope.acts.length; from += actsAtOnce) {
    const some = scope.acts.slice(from, from + actsAtOnce).map((act) => ({
      ...{ n: act.n, kind: act.kind, request_id: act.requestId, key: act.key, ticket_id: act.ticketId },
      ...{ agent_id: act.agentId, to_agent_id: act.toAgentId, text: act.text, acked: act.acked, version: act.version },
      given: act.given,
    }));
    await client.query(
      `INSERT INTO acted SELECT n, kind, request_id, key, ticket_id, agent_id, to_agent_id, text, acked, version,
         ARRAY(SELECT g::bigint FROM jsonb_array_elements_text(given) g)
       FROM jsonb_to_recordset($1::jsonb) AS a(n int, kind text, request_id text, key text, ticket_id bigint,
         agent_id bigint, to_agent_id bigint, text text, acked boolean, version int, given jsonb)`,
      [JSON.stringify(some)],
    );
  }
  await client.query(
    `CREATE TEMP TABLE mine ON COMMIT DROP AS SELECT * FROM tickets WHERE customer_id = ANY('${arrayOf(scope.customerIds)}')`,
  );
  await client.query(`CREATE TEMP TABLE bounds ON COMMIT DROP AS
    SELECT '${arrayOf(scope.agentIds)}'::bigint[] AS agents, ${Math.trunc(scope.capacity)} AS capacity`);
  await client.query("CREATE UNIQUE INDEX ON mine (id); CREATE UNIQUE INDEX ON mine (conversation_id); ANALYZE mine");
  const since = scope.beganAt.toISOString();
  for (const statement of tables(since)) await client.query(statement);
}

const arrayOf = (ids: readonly number[]) => `{${ids.map((id) => Math.trunc(id)).join(",")}}`;

/** What waits in the outbox comes after all that has a place. */
const afterTheLog = "1000000000000000";

const tables = (since: string): string[] => [
  `CREATE TEMP TABLE history ON COMMIT DROP AS
     SELECT a.ticket_id, a.from_agent, a.to_agent, a.why, a.version, a.request_id,
            lag(a.to_agent) OVER (PARTITION BY a.ticket_id ORDER BY a.version) AS held_by
     FROM assignments a JOIN mine t ON t.id = a.ticket_id`,
  `CREATE INDEX ON history (ticket_id, version)`,
  `CREATE INDEX ON history (request_id)`,
  `CREATE TEMP TABLE words ON COMMIT DROP AS
     SELECT m.id, m.conversation_id, t.id AS ticket_id, m.seq, m.sender_id, m.kind, m.text, m.ticket_version,
            m.sender_id = t.customer_id AS by_customer
     FROM messages m JOIN mine t ON t.conversation_id = m.conversation_id`,
  `CREATE INDEX ON words (text)`,
  `CREATE INDEX ON words (id)`,
  `CREATE INDEX ON words (ticket_id)`,
  `CREATE TEMP TABLE logged ON COMMIT DROP AS
     SELECT seq AS ord, stream, type, payload, request_id FROM events
     WHERE created_at > '${since}'::timestamptz - interval '10 minutes'
     UNION ALL
     SELECT ${afterTheLog} + id, stream, type, payload, request_id FROM outbox`,
  `CREATE TEMP TABLE told ON COMMIT DROP AS
     SELECT l.ord, l.type, l.request_id, t.id AS ticket_id, l.payload->>'status' AS status,
            (l.payload->>'assigned_to')::bigint AS assigned_to, (l.payload->>'version')::int AS version,
            l.payload->>'reason' AS reason
     FROM logged l JOIN mine t ON t.id = (l.payload->>'message_id')::bigint
     WHERE l.stream = 'agents' AND l.type IN ('message_new', 'message_update')`,
  `CREATE INDEX ON told (ticket_id, version)`,
  `CREATE TEMP TABLE said ON COMMIT DROP AS
     SELECT l.ord, l.type, l.request_id, t.id AS ticket_id, l.payload->>'status' AS status,
            (l.payload->'assigned_to'->>'id')::bigint AS owner, (l.payload->>'version')::int AS version,
            (l.payload->'message'->>'id')::bigint AS message_id, (l.payload->'message'->>'seq')::int AS seq,
            (l.payload->'message'->'sender'->>'id')::bigint AS sender_id,
            l.payload->'message'->'sender'->>'role' AS sender_role
     FROM logged l JOIN mine t ON l.stream = 'conversation:' || t.conversation_id`,
  `CREATE INDEX ON said (ticket_id, ord)`,
  `CREATE INDEX ON said (message_id)`,
  `CREATE TEMP TABLE gone ON COMMIT DROP AS
     SELECT d.ticket_id FROM deliveries d JOIN mine t ON t.id = d.ticket_id WHERE d.status = 'sent'`,
  `CREATE INDEX ON gone (ticket_id)`,
  ...["history", "words", "logged", "told", "said", "gone", "acted"].map((table) => `ANALYZE ${table}`),
];
