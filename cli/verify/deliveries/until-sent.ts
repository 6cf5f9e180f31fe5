import type pg from "pg";
import { pause } from "../../../src/runtime/deadline.js";

export interface UntilSentOptions {
  webhookIds: readonly number[];
  /** How long the desk may take, s. */
  quietWithinS: number;
  /** The desk's WEBHOOK_DEADLINE_MS: what is unrecorded for longer than that died with its worker. */
  deadlineMs: number;
  signal: AbortSignal;
}

/** What a run saw while it waited. */
export interface SentWait {
  /** Waits of backoff and circuits that were cut short. */
  hurried: number;
  /** Deliveries that were seen to be put off behind nothing: whoever should have woken them has gone. */
  stranded: number;
}

const lookEveryMs = 500;
/** It goes through all that are put off. */
const looksPerStrandedLook = 10;
const looksAlike = 3;
/** An attempt is out of others' reach for twice its deadline and this, ms (README, "Deliveries"). */
const leaseGraceMs = 5000;

const look = `
  SELECT (SELECT count(*)::int FROM deliveries WHERE webhook_id = ANY($1::bigint[]) AND status = 'pending')
       + (SELECT count(*)::int FROM outbox)
       + (SELECT count(*)::int FROM webhooks w, sequencer s
          WHERE w.id = ANY($1::bigint[]) AND w.events <> '{}' AND w.cursor_seq < s.last_seq) AS left`;

const lookForStranded = `
  SELECT f.id::float8 AS id FROM deliveries f WHERE f.behind AND f.webhook_id = ANY($1::bigint[]) AND NOT EXISTS (
    SELECT FROM deliveries o WHERE o.webhook_id = f.webhook_id AND o.conversation_id = f.conversation_id
      AND o.status = 'pending' AND o.parked_at IS NULL AND o.id < f.id)`;

/** What failed, was recorded, and waits; and what a worker took that did not live to record it. */
const hurry = `
  UPDATE deliveries d SET next_attempt_at = now() WHERE webhook_id = ANY($1::bigint[]) AND status = 'pending'
    AND next_attempt_at > now() + interval '1 s' AND (
      EXISTS (SELECT FROM delivery_attempts a WHERE a.delivery_id = d.id AND a.attempt = d.attempts)
      OR next_attempt_at < now() + $2::float8 * interval '1 ms')`;

const closeCircuits = `
  UPDATE webhooks SET circuit_open_until = now() WHERE id = ANY($1::bigint[]) AND circuit_open_until > now()`;

/**
 * Waits until all is sent, a few looks long; waits of backoff, leases and circuits are cut short, so that a run does not last
 * for hours: what is tried is that nothing is lost or silently out of order.
 */
export async function untilSent(pool: pg.Pool, options: UntilSentOptions): Promise<SentWait> {
  const { webhookIds, quietWithinS, deadlineMs, signal } = options;
  const end = Date.now() + quietWithinS * 1000;
  const stranded = new Set<number>();
  let hurried = 0;
  for (let alike = 0, looks = 0; alike < looksAlike && Date.now() < end && !signal.aborted; ) {
    await pause(lookEveryMs, signal);
    try {
      if (looks++ % looksPerStrandedLook === 0)
        for (const { id } of (await pool.query<{ id: number }>(lookForStranded, [webhookIds])).rows) stranded.add(id);
      const { rows } = await pool.query<{ left: number }>(look, [webhookIds]);
      alike = rows[0]?.left === 0 ? alike + 1 : 0;
      if (alike > 0) continue;
      hurried += (await pool.query(hurry, [webhookIds, deadlineMs + leaseGraceMs - 2000])).rowCount ?? 0;
      await pool.query(closeCircuits, [webhookIds]);
    } catch {
      alike = 0;
    }
  }
  return { hurried, stranded: stranded.size };
}
