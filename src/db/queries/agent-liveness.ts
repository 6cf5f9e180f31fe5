import { sql } from "kysely";
import type { Database, Executor, Tx } from "../database.js";
import { retried } from "../transaction.js";
import { leasedTicket } from "./put-back-tickets.js";
import { effectiveAvailability } from "./read-agents.js";

/** How long an agent counts as online after the relay last saw a socket of it. */
const socketTtl = sql`interval '15 s'`;

export type Availability = "online" | "away" | "offline";

/** How an agent stands, and by whose word. */
export interface Standing {
  availability: Availability;
  by: "system" | "socket" | "call";
  /** What it comes to: `online` without a sign of life is offline. */
  effective: Availability;
  /** Whether a socket of it was seen within the last minute. */
  socketSeenLately: boolean;
  /** Whether a socket of it counts as open: one was seen within the last 15 s. */
  hasSocket: boolean;
}

/** How an agent stands; the caller has locked its row. */
export async function readStanding(tx: Tx, agentId: number): Promise<Standing> {
  const { rows } = await sql<Standing>`
    SELECT a.availability, a.availability_by AS by, ${effectiveAvailability} AS effective,
           coalesce(l.socket_seen_at > now() - interval '60 s', false) AS "socketSeenLately",
           coalesce(l.socket_seen_at > now() - ${socketTtl}, false) AS "hasSocket"
    FROM agents a LEFT JOIN agent_liveness l ON l.agent_id = a.id
    WHERE a.id = ${agentId}`.execute(tx);
  return (
    rows[0] ?? {
      availability: "offline",
      by: "system",
      effective: "offline",
      socketSeenLately: false,
      hasSocket: false,
    }
  );
}

/** Writes how a locked agent stands. */
export async function writeStanding(
  tx: Tx,
  agentId: number,
  standing: Pick<Standing, "availability" | "by">,
): Promise<void> {
  await tx
    .updateTable("agents")
    .set({ availability: standing.availability, availability_by: standing.by, updated_at: sql<Date>`now()` })
    .where("id", "=", agentId)
    .execute();
}

/**
 * A socket of a locked agent was seen: it is online for 15 s more. What an earlier call promised beyond that is kept,
 * unless `anew`: from now on the agent is online as long as its socket is.
 */
export async function markSocketSeen(tx: Tx, agentId: number, anew: boolean): Promise<void> {
  await sql`
    INSERT INTO agent_liveness AS l (agent_id, last_seen_at, socket_seen_at, online_until)
    VALUES (${agentId}, now(), now(), now() + ${socketTtl})
    ON CONFLICT (agent_id) DO UPDATE SET last_seen_at = now(), socket_seen_at = now(),
      online_until = CASE WHEN ${anew}::boolean THEN excluded.online_until
                          ELSE greatest(l.online_until, excluded.online_until) END`.execute(tx);
}

/** A locked agent is online by its own word for so long; 0 minutes: it never ends. */
export async function promiseOnline(tx: Tx, agentId: number, minutes: number): Promise<void> {
  await sql`
    INSERT INTO agent_liveness (agent_id, online_until) VALUES (${agentId}, now() + ${leaseTime(minutes)})
    ON CONFLICT (agent_id) DO UPDATE SET online_until = excluded.online_until`.execute(tx);
}

/**
 * The sockets of these agents are there: one statement for all, their rows locked in id order. Returns those that the
 * desk itself had set offline meanwhile.
 */
export async function renewSockets(db: Database, agentIds: readonly number[]): Promise<number[]> {
  const { rows } = await retried(db, () =>
    sql<{ id: number }>`
      WITH mine AS (
        SELECT agent_id FROM agent_liveness WHERE agent_id = ANY(${agentIds}::bigint[])
        ORDER BY agent_id FOR NO KEY UPDATE
      ), renewed AS (
        UPDATE agent_liveness l SET last_seen_at = now(), socket_seen_at = now(),
          online_until = greatest(l.online_until, now() + ${socketTtl})
        FROM mine WHERE l.agent_id = mine.agent_id
      )
      SELECT id FROM agents
      WHERE id = ANY(${agentIds}::bigint[]) AND deleted_at IS NULL
        AND availability = 'offline' AND availability_by = 'system'
      ORDER BY id`.execute(db.kysely),
  );
  return rows.map((row) => row.id);
}

/**
 * These users called, signed in: a sign of life of those that are agents. Who is online by a call stays it for the lease
 * time from now on. One statement for all, in id order.
 */
export async function renewCalls(db: Database, userIds: readonly number[], leaseMinutes: number): Promise<void> {
  await retried(db, () =>
    sql`
      INSERT INTO agent_liveness AS l (agent_id, last_seen_at, online_until)
      SELECT a.id, now(), CASE WHEN a.availability = 'online' AND a.availability_by = 'call'
                            THEN now() + ${leaseTime(leaseMinutes)} END
      FROM agents a WHERE a.id = ANY(${userIds}::bigint[]) AND a.deleted_at IS NULL
      ORDER BY a.id
      ON CONFLICT (agent_id) DO UPDATE SET last_seen_at = now(),
        online_until = greatest(l.online_until, excluded.online_until)`.execute(db.kysely),
  );
}

/** Agents that are called online and were not heard of since `online_until`; at most `limit`, read without locks. */
export async function findExpired(db: Executor, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT a.id FROM agents a LEFT JOIN agent_liveness l ON l.agent_id = a.id
    WHERE a.availability = 'online' AND a.deleted_at IS NULL AND NOT coalesce(l.online_until > now(), false)
    ORDER BY a.id LIMIT ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/**
 * Sets those of these agents offline that are still not heard of, under the locks of both rows; an agent that somebody
 * works on is left to the next time. Returns them in id order.
 */
export async function expire(tx: Tx, agentIds: readonly number[]): Promise<number[]> {
  const { rows: locked } = await sql<{ id: number }>`
    SELECT id FROM agents WHERE id = ANY(${agentIds}::bigint[]) AND availability = 'online' AND deleted_at IS NULL
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`.execute(tx);
  const ids = locked.map((row) => row.id);
  await sql`
    SELECT agent_id FROM agent_liveness WHERE agent_id = ANY(${ids}::bigint[])
    ORDER BY agent_id FOR NO KEY UPDATE`.execute(tx);
  const { rows } = await sql<{ id: number }>`
    UPDATE agents a SET availability = 'offline', availability_by = 'system', updated_at = now()
    WHERE a.id = ANY(${ids}::bigint[])
      AND NOT EXISTS (SELECT FROM agent_liveness l WHERE l.agent_id = a.id AND l.online_until > now())
    RETURNING a.id`.execute(tx);
  return rows.map((row) => row.id).sort((a, b) => a - b);
}

/**
 * Agents whose lease is over: they hold what the lease is about, and neither a sign of life nor the end of a gap in the
 * desk's own heartbeat is younger than `minutes`. While the desk's heart stands still, nobody can have been seen, and
 * no lease ends.
 */
export async function findLapsedLeases(
  db: Executor,
  options: { minutes: number; limit: number; agentId?: number },
): Promise<number[]> {
  const { minutes, limit, agentId } = options;
  const { rows } = await sql<{ id: number }>`
    SELECT a.id FROM agents a JOIN agent_liveness l ON l.agent_id = a.id CROSS JOIN system s
    WHERE a.deleted_at IS NULL ${agentId === undefined ? sql`` : sql`AND a.id = ${agentId}`}
      AND greatest(l.last_seen_at, s.gap_ended_at) < now() - make_interval(mins => ${minutes}::int)
      AND s.heartbeat_at > now() - interval '30 s'
      AND EXISTS (SELECT FROM tickets t WHERE t.assignee_id = a.id AND t.closed_at IS NULL AND ${leasedTicket})
    ORDER BY a.id LIMIT ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** The lease as an interval; 0 minutes stand for a hundred years. */
function leaseTime(minutes: number) {
  return minutes === 0 ? sql`interval '100 years'` : sql`make_interval(mins => ${minutes}::int)`;
}
