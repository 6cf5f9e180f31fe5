import type { ClientBase } from "pg";
import type { SequencedEvent, Stage } from "../../contract/events.js";

/** Rows that one bite takes at most. */
export const biteRows = 500;

/**
 * One bite, one statement: outbox rows leave in id order and enter the log with the next `seq` and their streams' next
 * `pos`. READ COMMITTED, and no lock beside the rows' own: only the leader bites, on the very connection that holds its
 * advisory lock, so a leader that lost the lock can write nothing. Both counters are rows that this statement updates;
 * a SEQUENCE would leave a hole where a transaction fails (DESIGN.md 5). `id = ANY(ARRAY(… LIMIT))` can go by the primary
 * key however long the outbox is, and does so after `planBites`. An empty outbox writes nothing.
 */
const bite = {
  name: "bite-outbox",
  text: `
    WITH bitten AS MATERIALIZED (
      DELETE FROM outbox WHERE id = ANY(ARRAY(SELECT id FROM outbox ORDER BY id LIMIT $1)) RETURNING *
    ), numbered AS MATERIALIZED (
      SELECT *, row_number() OVER (ORDER BY id) AS nth, count(*) OVER () AS total,
             row_number() OVER (PARTITION BY stream ORDER BY id) AS nth_in_stream,
             count(*) OVER (PARTITION BY stream) AS said
      FROM bitten
    ), places AS (
      INSERT INTO streams (stream, last_pos) SELECT stream, count(*) FROM bitten GROUP BY stream ORDER BY stream
      ON CONFLICT (stream) DO UPDATE SET last_pos = streams.last_pos + EXCLUDED.last_pos
      RETURNING stream, last_pos
    ), head AS (
      UPDATE sequencer SET last_seq = last_seq + (SELECT count(*) FROM bitten) WHERE EXISTS (SELECT 1 FROM bitten)
      RETURNING last_seq
    )
    INSERT INTO events (seq, stream, pos, type, payload, request_id, stage, subject_id, created_at)
    SELECT head.last_seq - total + nth, stream, places.last_pos - said + nth_in_stream, type, payload, request_id,
           stage, subject_id, now()
    FROM numbered JOIN places USING (stream) CROSS JOIN head
    RETURNING seq, stream, pos, type, payload, request_id, stage, subject_id, created_at`,
};

interface Row extends Omit<SequencedEvent, "created_at" | "stage"> {
  stage: Stage | null;
  created_at: Date;
}

/**
 * Prepares a session for bites. After five of them Postgres keeps one plan, made while the outbox was almost empty: it
 * scans the table, and goes on when 300,000 rows wait, until autovacuum has analysed them (measured: 3 s a bite against
 * 20 to 60 ms). Without scans it takes the key; without JIT, because the cost that stands for "no scan" makes it compile
 * for as long.
 */
export async function planBites(client: ClientBase): Promise<void> {
  await client.query("SET enable_seqscan = off; SET jit = off");
}

/** Takes up to `biteRows` rows of the outbox into the log and returns them in `seq` order. */
export async function biteOutbox(client: ClientBase): Promise<SequencedEvent[]> {
  const { rows } = await client.query<Row>({ ...bite, values: [biteRows] });
  return rows
    .map((row) => ({ ...row, created_at: row.created_at.toISOString() }))
    .sort((left, right) => left.seq - right.seq);
}

/**
 * Moves the cursor over what was both published and enqueued. Losing the last moves in a crash only repeats, so nobody waits
 * for the disk: ten times a second the next bite would. A later bite takes them along.
 */
export async function moveCursor(client: ClientBase, publishedSeq: number): Promise<void> {
  const seq = BigInt(publishedSeq);
  await client.query(
    `SET LOCAL synchronous_commit = off; UPDATE sequencer SET published_seq = ${seq} WHERE published_seq < ${seq}`,
  );
}
