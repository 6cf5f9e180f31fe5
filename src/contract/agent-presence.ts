import { agentsStream } from "./events.js";

/** How an agent stands after a change: what those who watch agents are shown. */
export interface AgentPresence {
  agentId: number;
  availability: "online" | "away" | "offline";
  /** Tickets that count against its capacity. */
  openTickets: number;
}

/** The frame `agent_presence` of CONTRACT.md 5: shown and forgotten, it has no position. */
export function agentPresenceFrame(presence: AgentPresence): { stream: string; frame: Record<string, unknown> } {
  const { agentId, availability, openTickets } = presence;
  return {
    stream: agentsStream,
    frame: { type: "agent_presence", agent_id: agentId, availability, open_tickets: openTickets },
  };
}
