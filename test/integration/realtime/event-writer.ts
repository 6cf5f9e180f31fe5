import { sql } from "kysely";
import { agentsStream, type SequencedEvent } from "../../../src/contract/events.js";
import type { Database } from "../../../src/db/database.js";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";

/** Appends `count` events to a stream of the log, as the sequencer does: counted in rows, committed at once. */
export async function writeEvents(db: Database, count: number, stream = agentsStream): Promise<SequencedEvent[]> {
  return db.kysely.transaction().execute(async (tx) => {
    const { rows: seqs } = await sql<{ last: number }>`
      UPDATE sequencer SET last_seq = last_seq + ${count} RETURNING last_seq AS last`.execute(tx);
    const { rows: positions } = await sql<{ last: number }>`
      INSERT INTO streams (stream, last_pos) VALUES (${stream}, ${count})
      ON CONFLICT (stream) DO UPDATE SET last_pos = streams.last_pos + ${count} RETURNING last_pos AS last`.execute(tx);
    const firstSeq = Number(seqs[0]?.last) - count + 1;
    const firstPos = Number(positions[0]?.last) - count + 1;
    const events = Array.from({ length: count }, (_, n) => ({
      seq: firstSeq + n,
      stream,
      pos: firstPos + n,
      type: "message_new",
      payload: { message_id: firstPos + n, status: "unassigned", body: `body ${firstPos + n}`, user_id: "U1" },
      request_id: null,
      stage: null,
      subject_id: null,
      created_at: new Date().toISOString(),
    }));
    for (let start = 0; start < events.length; start += 1000) {
      const rows = events.slice(start, start + 1000);
      await tx
        .insertInto("events")
        .values(rows.map((e) => ({ ...e, payload: JSON.stringify(e.payload), created_at: new Date(e.created_at) })))
        .execute();
    }
    return events;
  });
}

/** Forgets the events of a stream up to a position, as retention does. */
export async function forgetEvents(db: Database, upTo: number, stream = agentsStream): Promise<void> {
  await db.kysely.deleteFrom("events").where("stream", "=", stream).where("pos", "<=", upTo).execute();
}

/** Takes all that commands wrote into the log, as the sequencer does. */
export async function bitten(db: Database): Promise<SequencedEvent[]> {
  const client = await db.pool.connect();
  try {
    const events: SequencedEvent[] = [];
    for (;;) {
      const bite = await biteOutbox(client);
      if (bite.length === 0) return events;
      events.push(...bite);
    }
  } finally {
    client.release();
  }
}
