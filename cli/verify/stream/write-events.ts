import type pg from "pg";
import { pause } from "../../../src/runtime/deadline.js";

export interface WriteOptions {
  pool: pg.Pool;
  /** Whose `message_update`s they are. */
  ticketId: number;
  count: number;
  /** Events a second at most. */
  rate: number;
  below: (limit: number) => number;
  signal: AbortSignal;
  onProgress: (written: number) => void;
}

const writers = 3;
const mostAtOnce = 20;

/**
 * Puts events into the outbox as commands do: in many small transactions of several connections at once. Each says how
 * its ticket stands, with a mark of its own. A transaction whose end is not known may have been: it is counted by who
 * reads the log, not here. Resolves with how many were acknowledged.
 */
export async function writeEvents(options: WriteOptions): Promise<number> {
  const { pool, ticketId, count, rate, below, signal, onProgress } = options;
  const beganAt = performance.now();
  let next = 0;
  let acked = 0;
  const write = async () => {
    while (next < count && !signal.aborted) {
      const size = Math.min(1 + below(mostAtOnce), count - next);
      const from = next;
      next += size;
      const earlyMs = beganAt + (from * 1000) / rate - performance.now();
      if (earlyMs > 0) await pause(earlyMs, signal);
      const text = `INSERT INTO outbox (stream, type, payload)
        SELECT 'agents', 'message_update', jsonb_build_object('message_id', $1::bigint, 'status', 'unassigned',
          'assigned_to', NULL, 'version', 1, 'reason', 'verify', 'queue', 'verify', 'n', n)
        FROM generate_series($2::int, $3::int) n`;
      for (; !signal.aborted; await pause(100, signal)) {
        try {
          await pool.query(text, [ticketId, from + 1, from + size]);
          acked += size;
          break;
        } catch {
          // The database is away for a moment: said again, perhaps twice.
        }
      }
      onProgress(acked);
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return acked;
}
