import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

export interface LockedAgent {
  id: number;
  name: string;
  capacity: number;
}

/**
 * Locks an agent's row; first in the lock order. FOR NO KEY UPDATE, never FOR UPDATE: every ticket's foreign key holds
 * KEY SHARE on it. One that was deleted or disabled is none: it is given no work. All that gives tickets to this agent goes
 * through this lock, so that a count after it is exact (I2).
 */
export async function lockAgent(tx: Tx, agentId: number): Promise<LockedAgent | null> {
  const agent = await lockAnyAgent(tx, agentId);
  return agent?.disabled ? null : agent;
}

/** The same for who changes the agent itself: a disabled one too, only not one that was deleted. */
export async function lockAnyAgent(tx: Tx, agentId: number): Promise<(LockedAgent & { disabled: boolean }) | null> {
  const { rows } = await sql<LockedAgent & { disabled: boolean }>`
    /* lock-agent */
    SELECT id, capacity, disabled_at IS NOT NULL AS disabled,
           coalesce((SELECT u.name FROM users u WHERE u.id = agents.id), '') AS name
    FROM agents WHERE id = ${agentId} AND deleted_at IS NULL FOR NO KEY UPDATE`.execute(tx);
  return rows[0] ?? null;
}

/** The name of an agent that can act; null when there is none or it was deleted or disabled. */
export async function activeAgentName(db: Executor, agentId: number): Promise<string | null> {
  const row = await db
    .selectFrom("agents")
    .innerJoin("users", "users.id", "agents.id")
    .select("users.name")
    .where("agents.id", "=", agentId)
    .where("agents.deleted_at", "is", null)
    .where("agents.disabled_at", "is", null)
    .executeTakeFirst();
  return row?.name ?? null;
}

/** The name that others are shown, a deleted agent's too: history names it. Null when there never was such an agent. */
export async function agentName(db: Executor, agentId: number): Promise<string | null> {
  const row = await db
    .selectFrom("agents")
    .innerJoin("users", "users.id", "agents.id")
    .select("users.name")
    .where("agents.id", "=", agentId)
    .executeTakeFirst();
  return row?.name ?? null;
}

/**
 * How many tickets count against the agent's capacity: owned and not snoozed. Counted from the index, never kept in a
 * counter. It is a statement of its own, after the lock: its snapshot then sees what others committed (DESIGN.md 7).
 */
export async function countHeld(db: Executor, agentId: number): Promise<number> {
  const { rows } = await sql<{ held: number }>`
    SELECT count(*)::int AS held FROM tickets
    WHERE assignee_id = ${agentId} AND closed_at IS NULL AND snoozed_until IS NULL`.execute(db);
  return rows[0]?.held ?? 0;
}
