import { sql } from "kysely";
import type { Executor } from "../database.js";

/** A delivery that was taken for an attempt. */
export interface ClaimedDelivery {
  id: number;
  /** Of this attempt: what is recorded for another one is not this one's. */
  attempt: number;
  /** Of this attempt among those since it was asked for, and the ms since the first of them. */
  tries: number;
  ageMs: number;
  stableId: string;
  outOfOrder: boolean;
  messageId: number | null;
  ticketId: number | null;
  conversationId: number | null;
  eventSeq: number | null;
  requestId: string | null;
  createdAt: Date;
}

/** What a look at what is due came to. */
export interface Claimed {
  /** Taken, in order of ids. */
  claimed: ClaimedDelivery[];
  /** It looked at as many as it may, and found less than it wanted: there is more to be looked at, at once. */
  more: boolean;
}

/** A webhook with something due. */
export interface DueWebhook {
  id: number;
  url: string;
  /** As they are kept: sealed, the newest first. */
  secrets: string[];
  /** Its circuit was open, and may be tried. */
  probing: boolean;
}

const secrets = sql`array_remove(ARRAY[w.secret, CASE WHEN w.previous_until > now() THEN w.previous_secret END], NULL)`;

/**
 * Webhooks that may be called now and have something due; each look is one probe of an index a webhook. What asks for the
 * due is not prepared by name: a plan that was made while the tables were small walks all that is pending, again and again
 * (measured: 2,800 rows read for each delivery; planning anew costs less than one of those walks).
 */
export async function dueWebhooks(db: Executor): Promise<DueWebhook[]> {
  const { rows } = await sql<DueWebhook>`
    SELECT w.id, w.url, ${secrets} AS secrets, w.circuit_open_until IS NOT NULL AS probing
    FROM webhooks w
    WHERE w.disabled_at IS NULL AND (w.circuit_open_until IS NULL OR w.circuit_open_until <= now())
      AND (SELECT min(d.next_attempt_at) FROM deliveries d WHERE d.webhook_id = w.id AND d.status = 'pending') <= now()
    ORDER BY w.id`.execute(db);
  return rows;
}

/** Takes the one trial of a webhook whose circuit may be tried, for `leaseMs`; false: another worker has it. */
export async function takeProbe(db: Executor, webhookId: number, leaseMs: number): Promise<boolean> {
  const { rows } = await sql`
    UPDATE webhooks SET circuit_open_until = now() + ${leaseMs} * interval '1 ms'
    WHERE id = ${webhookId} AND circuit_open_until <= now() RETURNING 1`.execute(db);
  return rows.length > 0;
}

/** Rows that one claim looks at, about: it holds them until it is through, a tenth of a second at most (measured). */
const lookedAtMax = 500;

/**
 * Takes what is due of one webhook: of each conversation only the first that is not parked (I5). Several workers take
 * different ones. What stands behind another is put off until that one is out of the way, which triggers see to; so that a
 * claim costs the same whatever is pending, and there is no moment in between at which one is forgotten (migration
 * 0022_put_off_followers says why, 0025_behind_what_stands what it missed). Runs as a statement of its own, in READ
 * COMMITTED: what it decides, it must see.
 */
export async function claimForWebhook(
  db: Executor,
  { webhookId, limit, leaseMs }: { webhookId: number; limit: number; leaseMs: number },
): Promise<Claimed> {
  const { rows } = await sql<ClaimedRow>`
    /* claim-for-webhook */
    SELECT ${columns} FROM claim_for_webhook(${webhookId}::bigint, ${limit}::integer, ${leaseMs}::float8, ${lookedAtMax}::integer) d`.execute(
    db,
  );
  return claimedOf(rows);
}

/** Takes the mails that are due, of each conversation only the first that is not parked. */
export async function claimMails(
  db: Executor,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<Claimed> {
  const { rows } = await sql<ClaimedRow>`
    /* claim-mails */
    SELECT ${columns} FROM claim_mails(${limit}::integer, ${leaseMs}::float8, ${lookedAtMax}::integer) d`.execute(db);
  return claimedOf(rows);
}

type ClaimedRow = Omit<ClaimedDelivery, "id"> & { id: number | null };

const columns = sql`
  d.id, d.attempt, d.tries, d.stable_id AS "stableId", d.age_ms AS "ageMs", d.out_of_order AS "outOfOrder",
  d.message_id AS "messageId", d.ticket_id AS "ticketId", d.conversation_id AS "conversationId", d.event_seq AS "eventSeq",
  d.request_id AS "requestId", d.created_at AS "createdAt"`;

/** A row without an id says that there is more. */
function claimedOf(rows: readonly ClaimedRow[]): Claimed {
  const claimed = rows.flatMap(({ id, ...row }) => (id === null ? [] : [{ id, ...row }]));
  return { claimed: claimed.sort((a, b) => a.id - b.id), more: claimed.length < rows.length };
}

/** Takes tests: they go to a webhook that is disabled or left in peace, too, and stand in no line. Each with where it goes. */
export async function claimTests(
  db: Executor,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<(ClaimedDelivery & { webhookId: number; url: string; secrets: string[] })[]> {
  const { rows } = await sql<ClaimedDelivery & { webhookId: number; url: string; secrets: string[] }>`
    /* claim-tests */
    UPDATE deliveries d
    SET attempts = d.attempts + 1, tries = d.tries + 1, tried_at = coalesce(d.tried_at, now()),
        next_attempt_at = now() + ${leaseMs} * interval '1 ms'
    FROM webhooks w
    WHERE w.id = d.webhook_id AND d.id = ANY(ARRAY(
      SELECT c.id FROM deliveries c
      WHERE c.event_type = 'test' AND c.status = 'pending' AND c.next_attempt_at <= now()
      ORDER BY c.id LIMIT ${limit} FOR UPDATE OF c SKIP LOCKED))
    RETURNING d.id, d.attempts AS attempt, d.tries, coalesce(d.stable_id, 'msg_' || d.id) AS "stableId",
      (extract(epoch FROM now() - d.tried_at) * 1000)::float8 AS "ageMs", d.out_of_order AS "outOfOrder",
      d.message_id AS "messageId", d.ticket_id AS "ticketId", d.conversation_id AS "conversationId",
      d.event_seq AS "eventSeq", d.request_id AS "requestId", d.created_at AS "createdAt", w.id AS "webhookId", w.url,
      ${secrets} AS secrets`.execute(db);
  return rows;
}
