import { sql } from "kysely";
import type { SequencedEvent } from "../../src/contract/events.js";
import type { Database } from "../../src/db/database.js";

/** Writes outbox rows as a command would, in one transaction. */
export async function say(db: Database, stream: string, count: number, stage: string | null = null): Promise<void> {
  await sql`
    INSERT INTO outbox (stream, type, payload, stage, subject_id)
    SELECT ${stream}, 'message_new', jsonb_build_object('n', n), ${stage}::text, n
    FROM generate_series(1, ${count}::int) n`.execute(db.kysely);
}

/** An event as the log has it. */
export function eventAt(seq: number): SequencedEvent {
  return {
    seq,
    stream: "agents",
    pos: seq,
    type: "message_new",
    payload: { n: seq },
    request_id: null,
    stage: null,
    subject_id: null,
    created_at: new Date(0).toISOString(),
  };
}

/** Puts events straight into the log, as bites would have. */
export async function append(db: Database, events: readonly SequencedEvent[]): Promise<void> {
  const last = events.at(-1);
  if (!last) return;
  await sql`
    INSERT INTO events (seq, stream, pos, type, payload, created_at)
    SELECT n, 'agents', n, 'message_new', jsonb_build_object('n', n), now()
    FROM unnest(${events.map((event) => event.seq)}::bigint[]) n`.execute(db.kysely);
  await sql`UPDATE sequencer SET last_seq = ${last.seq}`.execute(db.kysely);
}

/** Holes and doubles in the log: streams whose positions are not 1, 2, 3 …, and a seq that is not. */
export async function faultsOf(db: Database): Promise<string[]> {
  const { rows } = await sql<{ fault: string }>`
    SELECT 'stream ' || stream AS fault FROM events GROUP BY stream
      HAVING count(*) <> max(pos) OR count(DISTINCT pos) <> count(*) OR min(pos) <> 1
    UNION ALL
    SELECT 'seq' FROM events HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> count(*)`.execute(db.kysely);
  return rows.map((row) => row.fault);
}
