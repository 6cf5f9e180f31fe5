import type { PoolClient } from "pg";
import type { UrgencyLevel } from "../../domain/ticket.js";

/** A row of an import as it is stored: scored and routed already. */
export interface RowToImport {
  /** SHA-256 of user, time and body: a row with a key that is there is not stored again. */
  key: Buffer;
  customerId: number;
  body: string;
  sentAt: Date;
  queue: string;
  score: number;
  level: UrgencyLevel;
  topic: string;
  raw: number;
  terms: unknown[];
  model: string;
  /** How long after its first unanswered moment the ticket is due, ms. */
  dueAfterMs: number;
}

/** What one statement stored; the ids are tickets'. */
export interface ImportedRows {
  count: number;
  firstId: number | null;
  lastId: number | null;
}

/** A row's own time, or now where it lies in the future. */
const told = "least(sent_at, now())";

/**
 * One statement for a batch: conversation, participant, message, score, ticket, the customer's counts, the events. Rows
 * that are there already are left out before ids are drawn, so that importing twice uses none up; a row that another
 * import stores at this moment is stopped by the unique key, and everything else is driven by what that insert returned.
 * `coalesce(… IN …)` keeps the planner from a join: it takes the arrays for ten rows, and would compare 500 with 500.
 * The batch tells `agents` once (`messages_imported`). The conversations' own streams begin with what is said in them from
 * now on: nobody can have been listening to a conversation that was not there, and an event a row would cost the
 * sequencer as much as the row cost the import.
 */
const importAll = {
  name: "import-rows",
  text: `
    WITH input AS MATERIALIZED (
      SELECT fresh.*, nextval('conversations_id_seq') AS conversation_id, nextval('messages_id_seq') AS message_id,
             nextval('tickets_id_seq') AS ticket_id, nextval('urgency_scores_id_seq') AS score_id
      FROM (
        SELECT t.* FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::smallint[],
                               $7::text[], $8::text[], $9::float8[], $10::text[], $11::text[], $12::float8[])
          WITH ORDINALITY AS t(key, customer_id, body, sent_at, queue, score, level, topic, raw, terms, model, due_ms, n)
        WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.import_key = t.key)
        ORDER BY t.n
      ) fresh
    ), said AS (
      INSERT INTO messages (id, conversation_id, seq, sender_id, text, import_key, ticket_version, created_at)
      SELECT message_id, conversation_id, 1, customer_id, body, key, 1, sent_at FROM input
      ON CONFLICT (import_key) WHERE import_key IS NOT NULL DO NOTHING
      RETURNING id
    ), stored AS MATERIALIZED (
      SELECT input.* FROM input WHERE coalesce(message_id IN (SELECT id FROM said), false)
    ), talks AS (
      INSERT INTO conversations (id, channel, created_by, last_seq, last_message_at, created_at)
      SELECT conversation_id, 'import', customer_id, 1, sent_at, sent_at FROM stored
    ), taking_part AS (
      INSERT INTO participants (conversation_id, user_id, role, joined_at)
      SELECT conversation_id, customer_id, 'customer', sent_at FROM stored
    ), scored AS (
      INSERT INTO urgency_scores (id, message_id, model, score, level, topic, raw, terms)
      SELECT score_id, message_id, model, score, level, topic, raw, terms::jsonb FROM stored
    ), opened AS (
      INSERT INTO tickets (id, conversation_id, customer_id, opening_message_id, queue, urgency, urgency_level, topic,
                           urgency_score_id, due_at, first_unanswered_at, scored_at, routed_at, created_at)
      SELECT ticket_id, conversation_id, customer_id, message_id, queue, score, level, topic, score_id,
             CASE WHEN $13 THEN ${told} ELSE now() END + due_ms * interval '1 millisecond',
             CASE WHEN $13 THEN ${told} ELSE now() END, now(), now(), sent_at
      FROM stored
    ), counted AS (
      UPDATE customers c SET open_tickets = open_tickets + n, total_tickets = total_tickets + n,
                             last_seen_at = greatest(last_seen_at, last_sent_at)
      FROM (SELECT customer_id, count(*)::int AS n, max(${told}) AS last_sent_at FROM stored GROUP BY customer_id) s
      WHERE c.id = s.customer_id
    ), totals AS (
      SELECT count(*)::int AS count, min(ticket_id) AS first_id, max(ticket_id) AS last_id FROM stored
    ), parts AS (
      SELECT jsonb_object_agg(queue, part) AS queues FROM (
        SELECT queue, jsonb_build_object('count', count(*), 'first_id', min(ticket_id), 'last_id', max(ticket_id)) AS part
        FROM stored GROUP BY queue) by_queue
    ), announced AS (
      INSERT INTO outbox (stream, type, payload)
      SELECT 'agents', 'messages_imported',
             jsonb_build_object('count', count, 'first_id', first_id, 'last_id', last_id, 'queues', queues)
      FROM totals, parts WHERE count > 0
    )
    SELECT count, first_id AS "firstId", last_id AS "lastId" FROM totals`,
};

/**
 * Stores what of these rows is not there yet, in the caller's transaction, which holds the customers' rows. Age counts
 * from now, or from the rows' own time with `keepAge`.
 */
export async function importRows(
  client: PoolClient,
  rows: readonly RowToImport[],
  keepAge: boolean,
): Promise<ImportedRows> {
  const { rows: answer } = await client.query<ImportedRows>({
    ...importAll,
    values: [
      rows.map((row) => row.key),
      rows.map((row) => row.customerId),
      rows.map((row) => row.body),
      rows.map((row) => row.sentAt.toISOString()),
      rows.map((row) => row.queue),
      rows.map((row) => row.score),
      rows.map((row) => row.level),
      rows.map((row) => row.topic),
      rows.map((row) => row.raw),
      rows.map((row) => JSON.stringify(row.terms)),
      rows.map((row) => row.model),
      rows.map((row) => row.dueAfterMs),
      keepAge,
    ],
  });
  return answer[0] ?? { count: 0, firstId: null, lastId: null };
}

/** How far an import of a file has come. */
export interface ImportProgress {
  records: number;
  imported: number;
  duplicates: number;
  rejected: number;
}

/** Where an interrupted import of this file stands; null when there is none, or when it was finished. */
export async function readImport(client: PoolClient, fileKey: string): Promise<ImportProgress | null> {
  const { rows } = await client.query<ImportProgress>(
    `SELECT records, imported, duplicates, rejected FROM imports WHERE file_key = $1 AND finished_at IS NULL`,
    [fileKey],
  );
  return rows[0] ?? null;
}

/** Notes how far an import has come. Two imports of one file at once never set it back. */
export async function saveImport(
  client: PoolClient,
  file: { key: string; name: string },
  at: ImportProgress & { finished: boolean },
): Promise<void> {
  await client.query({
    name: "import-save",
    text: `
      INSERT INTO imports AS i (file_key, name, records, imported, duplicates, rejected, finished_at)
      VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN now() END)
      ON CONFLICT (file_key) DO UPDATE SET
        records = CASE WHEN i.finished_at IS NULL THEN greatest(i.records, excluded.records) ELSE excluded.records END,
        imported = excluded.imported, duplicates = excluded.duplicates, rejected = excluded.rejected,
        finished_at = excluded.finished_at`,
    values: [file.key, file.name, at.records, at.imported, at.duplicates, at.rejected, at.finished],
  });
}
