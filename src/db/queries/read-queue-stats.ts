import { sql } from "kysely";
import type { Executor } from "../database.js";
import { effectiveAvailability } from "./read-agents.js";
import { type Depth, readDepths } from "./read-depths.js";

/** Who serves a queue: lists it, or lists nothing. */
export interface QueueAgents {
  queue: string;
  serving: number;
  online: number;
  onlineWithRoom: number;
}

/** A minute of a queue's history, all levels together. */
export interface QueueMinute {
  queue: string;
  minute: Date;
  waiting: number;
  oldestS: number;
  received: number;
  assigned: number;
  closed: number;
  /** How many minutes ended after it, of those that are written by now. */
  age: number;
}

export interface QueueStats {
  measuredAt: Date;
  depths: Depth[];
  agents: QueueAgents[];
  /** The last 60 minutes, oldest first. */
  minutes: QueueMinute[];
}

/** All that is shown of the queues. */
export async function readQueueStats(db: Executor): Promise<QueueStats> {
  const [agents, depths, minutes, clock] = await Promise.all([
    readQueueAgents(db),
    readDepths(db),
    readMinutes(db),
    sql<{ now: Date }>`SELECT now() AS now`.execute(db),
  ]);
  return { measuredAt: clock.rows[0]?.now ?? new Date(), agents, depths, minutes };
}

async function readQueueAgents(db: Executor): Promise<QueueAgents[]> {
  const { rows } = await sql<QueueAgents>`
    WITH people AS MATERIALIZED (
      SELECT a.id, a.capacity, ${effectiveAvailability} = 'online' AS online,
             NOT EXISTS (SELECT 1 FROM agent_queues l WHERE l.agent_id = a.id) AS serves_all
      FROM agents a JOIN users u ON u.id = a.id LEFT JOIN agent_liveness l ON l.agent_id = a.id
      WHERE a.deleted_at IS NULL AND u.disabled_at IS NULL
    ), loads AS MATERIALIZED (
      SELECT p.*, p.online AND p.capacity > (
        SELECT count(*) FROM tickets t WHERE t.assignee_id = p.id AND t.closed_at IS NULL AND t.snoozed_until IS NULL
      ) AS has_room
      FROM people p
    )
    SELECT q.name AS queue, count(p.id)::int AS serving, count(*) FILTER (WHERE p.online)::int AS online,
           count(*) FILTER (WHERE p.has_room)::int AS "onlineWithRoom"
    FROM queues q LEFT JOIN loads p
      ON p.serves_all OR EXISTS (SELECT 1 FROM agent_queues l WHERE l.agent_id = p.id AND l.queue = q.name)
    GROUP BY q.name ORDER BY q.name`.execute(db);
  return rows;
}

/** Counted from the last minute that was written, or, where none is written any more, from the last that could be. */
async function readMinutes(db: Executor): Promise<QueueMinute[]> {
  const { rows } = await sql<QueueMinute>`
    WITH last AS MATERIALIZED (
      SELECT greatest(minute, date_trunc('minute', now()) - interval '2 minutes') AS minute FROM queue_minute_marks
    )
    SELECT m.queue, m.minute, sum(m.depth)::int AS waiting, max(m.oldest_s) AS "oldestS", sum(m.received)::int AS received,
           sum(m.assigned)::int AS assigned, sum(m.closed)::int AS closed,
           round(extract(epoch FROM last.minute - m.minute) / 60)::int AS age
    FROM queue_minutes m, last WHERE m.minute > last.minute - interval '60 minutes'
    GROUP BY m.queue, m.minute, last.minute ORDER BY m.minute, m.queue`.execute(db);
  return rows;
}
