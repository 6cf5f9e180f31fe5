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

const lookEveryMs = 500;
const looksAlike = 3;
/** An attempt is out of others' reach for twice its deadline and this, ms (README, "Deliveries"). */
const leaseGraceMs = 5000;

const look = `
  SELECT (SELECT count(*)::int FROM deliveries WHERE webhook_id = ANY($1::bigint[]) AND status = 'pending')
       + (SELECT count(*)::int FROM outbox)
       + (SELECT count(*)::int FROM webhooks w, sequencer s
          WHERE w.id = ANY($1::bigint[]) AND w.events <> '{}' AND w.cursor_seq < s.last_seq) AS left`;

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
 * for hours: what is tried is that nothing is lost or silently out of order. Returns how often a wait was cut.
 */
export async function untilSent(pool: pg.Pool, options: UntilSentOptions): Promise<number> {
  const { webhookIds, quietWithinS, deadlineMs, signal } = options;
  const end = Date.now() + quietWithinS * 1000;
  let hurried = 0;
  for (let alike = 0; alike < looksAlike && Date.now() < end && !signal.aborted; ) {
    await pause(lookEveryMs, signal);
    try {
      const { rows } = await pool.query<{ left: number }>(look, [webhookIds]);
      alike = rows[0]?.left === 0 ? alike + 1 : 0;
      if (alike > 0) continue;
      hurried += (await pool.query(hurry, [webhookIds, deadlineMs + leaseGraceMs - 2000])).rowCount ?? 0;
      await pool.query(closeCircuits, [webhookIds]);
    } catch {
      alike = 0;
    }
  }
  return hurried;
}
