import type { AgentView } from "../../contract/http/agents.js";
import type { AgentRow } from "../../db/queries/read-agents.js";

/** An agent as CONTRACT.md 1 writes it. */
export function presentAgent(row: AgentRow): AgentView {
  const { openTickets, ...rest } = row;
  return { ...rest, open_tickets: openTickets };
}
