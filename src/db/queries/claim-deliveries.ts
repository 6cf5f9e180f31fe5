import { type RawBuilder, sql } from "kysely";
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

/**
 * Said so that it fits none of the indexes on what is pending, only `deliveries_order`, which leads to one conversation: the
 * planner, which knows nothing of a table that has just filled, takes the smallest index otherwise, and walks it (measured:
 * 1,300 rows read for each delivery). No status is empty.
 */
const isPending = (of: "a" | "o") => sql`${sql.ref(`${of}.status`)} IN ('pending', '')`;

/**
 * An attempt begins: counted, its order said, and out of others' reach for `leaseMs`. `way`: of deliveries `o`, those that go
 * the same way as `d`; asked twice, so that each question is one probe of an index that leads to it. A reply says as well
 * that one before it still stands on the stream, or has no way yet.
 */
const taken = (leaseMs: number, way: RawBuilder<unknown>) => sql`
  SET attempts = d.attempts + 1, tries = d.tries + 1, tried_at = coalesce(d.tried_at, now()),
      next_attempt_at = now() + ${leaseMs} * interval '1 ms',
      out_of_order = d.conversation_id IS NOT NULL AND (
        EXISTS (SELECT FROM deliveries o WHERE o.conversation_id = d.conversation_id AND ${way}
                  AND ${isPending("o")} AND o.id < d.id)
        OR EXISTS (SELECT FROM deliveries o WHERE o.conversation_id = d.conversation_id AND ${way}
                     AND o.status = 'sent' AND o.id > d.id)
        OR d.message_id IS NOT NULL AND EXISTS (
          SELECT FROM deliveries o WHERE o.conversation_id = d.conversation_id AND o.channel = 'socket'
            AND o.status = 'pending' AND o.id < d.id))`;
const sameWebhook = sql`o.webhook_id = d.webhook_id`;
const alsoMail = sql`o.channel = 'email'`;

const columns = sql`
  d.id, d.attempts AS attempt, d.tries, coalesce(d.stable_id, 'msg_' || d.id) AS "stableId",
  (extract(epoch FROM now() - d.tried_at) * 1000)::float8 AS "ageMs",
  d.out_of_order AS "outOfOrder", d.message_id AS "messageId", d.ticket_id AS "ticketId",
  d.conversation_id AS "conversationId", d.event_seq AS "eventSeq", d.request_id AS "requestId", d.created_at AS "createdAt"`;

/**
 * Takes what is due of one webhook: of each conversation only the first that is not parked (I5). SKIP LOCKED: several
 * workers take different ones, and what one of them is just taking still holds back what comes after it. By
 * `id = ANY(ARRAY(…))`, because the planner scans the table otherwise (FINDINGS: the obvious fill).
 */
export async function claimForWebhook(
  db: Executor,
  { webhookId, limit, leaseMs }: { webhookId: number; limit: number; leaseMs: number },
): Promise<ClaimedDelivery[]> {
  const { rows } = await sql<ClaimedDelivery>`
    UPDATE deliveries d ${taken(leaseMs, sameWebhook)}
    WHERE d.id = ANY(ARRAY(
      SELECT c.id FROM deliveries c
      WHERE c.webhook_id = ${webhookId} AND c.status = 'pending' AND c.next_attempt_at <= now()
        AND c.event_type IS DISTINCT FROM 'test'
        AND (c.conversation_id IS NULL OR c.parked_at IS NOT NULL OR NOT EXISTS (
          SELECT FROM deliveries a
          WHERE a.webhook_id = c.webhook_id AND a.conversation_id = c.conversation_id
            AND ${isPending("a")} AND a.parked_at IS NULL AND a.id < c.id))
      ORDER BY c.next_attempt_at, c.id LIMIT ${limit} FOR UPDATE OF c SKIP LOCKED))
    RETURNING ${columns}`.execute(db);
  return rows.sort((a, b) => a.id - b.id);
}

/** Takes the mails that are due, of each conversation only the first that is not parked. */
export async function claimMails(
  db: Executor,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<ClaimedDelivery[]> {
  const { rows } = await sql<ClaimedDelivery>`
    /* claim-mails */
    UPDATE deliveries d ${taken(leaseMs, alsoMail)}
    WHERE d.id = ANY(ARRAY(
      SELECT c.id FROM deliveries c
      WHERE c.channel = 'email' AND c.status = 'pending' AND c.next_attempt_at <= now()
        AND (c.parked_at IS NOT NULL OR NOT EXISTS (
          SELECT FROM deliveries a
          WHERE a.conversation_id = c.conversation_id AND a.channel = 'email'
            AND a.status = 'pending' AND a.parked_at IS NULL AND a.id < c.id))
      ORDER BY c.next_attempt_at, c.id LIMIT ${limit} FOR UPDATE OF c SKIP LOCKED))
    RETURNING ${columns}`.execute(db);
  return rows.sort((a, b) => a.id - b.id);
}

/** Takes tests: they go to a webhook that is disabled or left in peace, too. Each with where it goes. */
export async function claimTests(
  db: Executor,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<(ClaimedDelivery & { webhookId: number; url: string; secrets: string[] })[]> {
  const { rows } = await sql<ClaimedDelivery & { webhookId: number; url: string; secrets: string[] }>`
    /* claim-tests */
    UPDATE deliveries d ${taken(leaseMs, sameWebhook)} FROM webhooks w
    WHERE w.id = d.webhook_id AND d.id = ANY(ARRAY(
      SELECT c.id FROM deliveries c
      WHERE c.event_type = 'test' AND c.status = 'pending' AND c.next_attempt_at <= now()
      ORDER BY c.id LIMIT ${limit} FOR UPDATE OF c SKIP LOCKED))
    RETURNING ${columns}, w.id AS "webhookId", w.url, ${secrets} AS secrets`.execute(db);
  return rows;
}
