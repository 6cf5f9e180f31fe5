import type pg from "pg";
import { pause } from "../../../src/runtime/deadline.js";

/** What is not done yet of what the run left to do. */
export interface Undone {
  unscored: number;
  unrouted: number;
  undelivered: number;
  unsaid: number;
}

const lookEveryMs = 250;
const looksAlike = 3;

const look = `
  SELECT (SELECT count(*)::int FROM tickets WHERE customer_id = ANY($1::bigint[]) AND scored_at IS NULL) AS unscored,
         (SELECT count(*)::int FROM tickets WHERE customer_id = ANY($1::bigint[]) AND status = 'unassigned'
            AND routed_at IS NULL) AS unrouted,
         (SELECT count(*)::int FROM deliveries d JOIN tickets t ON t.id = d.ticket_id
          WHERE t.customer_id = ANY($1::bigint[]) AND d.status = 'pending'
            AND d.next_attempt_at IS NOT NULL) AS undelivered,
         (SELECT count(*)::int FROM outbox) + (SELECT last_seq - published_seq FROM sequencer)::int AS unsaid,
         coalesce((SELECT last_pos FROM streams WHERE stream = 'agents'), 0)::float8 AS head`;

/**
 * Waits until nothing of the run is left to do, all of it is published and has reached the watchers, several looks long.
 * Null, or what was still undone after `withinMs`.
 */
export async function untilQuiet(
  pool: pg.Pool,
  options: { customerIds: number[]; reached: () => number | null; withinMs: number; signal: AbortSignal },
): Promise<Undone | null> {
  const end = Date.now() + options.withinMs;
  let undone: Undone = { unscored: -1, unrouted: -1, undelivered: -1, unsaid: -1 };
  for (let alike = 0; alike < looksAlike; ) {
    if (Date.now() > end || options.signal.aborted) return undone;
    await pause(lookEveryMs);
    try {
      const { rows } = await pool.query<Undone & { head: number }>(look, [options.customerIds]);
      const [{ head, ...now } = { ...undone, head: 0 }] = rows;
      undone = now;
      const reached = options.reached();
      const quiet = Object.values(now).every((count) => count === 0) && reached !== null && reached >= head;
      alike = quiet ? alike + 1 : 0;
    } catch {
      alike = 0;
    }
  }
  return null;
}
