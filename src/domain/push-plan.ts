/** An agent with room, as the push compares them. */
export interface Candidate {
  id: number;
  held: number;
  capacity: number;
  /** null: never. */
  lastAssignedAt: Date | null;
  /** [] serves all. */
  queues: readonly string[];
}

/** What decided that an agent is given something. */
export type ChosenBy = "preferred" | "only_one" | "fewest_open" | "longest_idle";

/** How many tickets an agent is to be given, and what chose it for the first of them. */
export interface Share {
  agentId: number;
  count: number;
  chosenBy: ChosenBy;
}

/**
 * Shares waiting tickets out, in queue order: each to its last agent if that one has room, else to the agent that
 * serves its queue with the fewest open tickets, and of those to the longest idle (DESIGN.md 7). What nobody can take is
 * left. It says how many each is to be given; which ones is the fill's to decide, under the locks. Agents with a list of
 * queues come first: the others can take what they leave.
 */
export function planPush(
  tickets: readonly { queue: string; preferredAgentId: number | null }[],
  candidates: readonly Candidate[],
): Share[] {
  const agents = candidates.map((agent) => ({ ...agent, given: 0, chosenBy: null as ChosenBy | null }));
  const load = (agent: (typeof agents)[number]) => agent.held + agent.given;
  for (const ticket of tickets) {
    const able = agents.filter((agent) => load(agent) < agent.capacity && serves(agent, ticket.queue));
    const preferred = able.find((agent) => agent.id === ticket.preferredAgentId);
    const least = Math.min(...able.map(load));
    const equals = able.filter((agent) => load(agent) === least);
    const idle = [...equals].sort((a, b) => a.given - b.given || idleSince(a) - idleSince(b) || a.id - b.id)[0];
    const chosen = preferred ?? idle;
    if (!chosen) continue;
    chosen.given++;
    chosen.chosenBy ??= reasonOf(preferred !== undefined, able.length, equals.length);
  }
  return agents
    .filter((agent) => agent.given > 0)
    .sort((a, b) => Number(a.queues.length === 0) - Number(b.queues.length === 0))
    .map((agent) => ({ agentId: agent.id, count: agent.given, chosenBy: agent.chosenBy ?? "only_one" }));
}

/** Whether an agent serves a queue; without a list it serves all. */
export function serves(agent: Pick<Candidate, "queues">, queue: string): boolean {
  return agent.queues.length === 0 || agent.queues.includes(queue);
}

function idleSince(agent: Candidate): number {
  return agent.lastAssignedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
}

function reasonOf(isPreferred: boolean, able: number, equals: number): ChosenBy {
  if (isPreferred) return "preferred";
  if (able === 1) return "only_one";
  return equals === 1 ? "fewest_open" : "longest_idle";
}
