import { sql } from "kysely";
import type { Executor } from "../database.js";

/** How far the desk is behind itself, in seconds. */
export interface DeskLag {
  /** Age of the oldest event that has no place in the log yet. */
  outboxS: number;
  /** Since when no sequencer has led: its leader says every 5 s that it is there. */
  heartbeatS: number;
  /** How long the most urgent waiting ticket is past its due time; 0: none is. */
  overdueS: number;
}

/** Reads three small rows, each from an index or a table of one row. */
export async function readDeskLag(db: Executor): Promise<DeskLag> {
  const { rows } = await sql<DeskLag>`
    SELECT greatest(0, extract(epoch FROM clock_timestamp() -
             (SELECT created_at FROM outbox ORDER BY id LIMIT 1)))::float8 AS "outboxS",
           greatest(0, extract(epoch FROM clock_timestamp() - (SELECT heartbeat_at FROM system)))::float8 AS "heartbeatS",
           greatest(0, extract(epoch FROM clock_timestamp() -
             (SELECT due_at FROM tickets WHERE status = 'unassigned' ORDER BY due_at, id LIMIT 1)))::float8 AS "overdueS"`.execute(
    db,
  );
  const { outboxS = 0, heartbeatS = 0, overdueS = 0 } = rows[0] ?? {};
  return { outboxS: outboxS ?? 0, heartbeatS: heartbeatS ?? 0, overdueS: overdueS ?? 0 };
}
