import type { AgentStatsView } from "../../contract/http/stats.js";
import type { AgentStats } from "../../db/queries/read-agent-stats.js";

/** An agent's load as CONTRACT.md 1 shows it. */
export function presentAgentStats(row: AgentStats, closedLastHour: number): AgentStatsView {
  const { id, name, queues, availability, capacity, held, snoozed } = row;
  return {
    id,
    name,
    queues,
    availability,
    capacity,
    held,
    snoozed,
    closed_last_hour: closedLastHour,
    last_seen_at: row.lastSeenAt?.toISOString() ?? null,
    last_assigned_at: row.lastAssignedAt?.toISOString() ?? null,
  };
}
