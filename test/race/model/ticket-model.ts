/** An act on the desk. `ticket` and `agent` are places in what there is; a place beyond it is something that is not there. */
export type Action =
  | { kind: "write"; customer: number }
  | { kind: "goOn"; ticket: number }
  | { kind: "claim"; agent: number; ticket: number }
  | { kind: "reply"; agent: number; ticket: number; keepOpen: boolean; seen: "any" | "current" | "old" }
  | { kind: "release" | "reopen"; by: number | "admin"; ticket: number }
  | { kind: "transfer"; by: number | "admin"; ticket: number; to: number }
  | { kind: "snooze"; by: number | "admin"; ticket: number }
  | { kind: "snoozeEnds" | "daysPass"; ticket: number }
  | { kind: "wake" }
  | { kind: "sell"; agent: number; ticket: number }
  | { kind: "pull"; agent: number }
  | { kind: "capacity"; agent: number; capacity: number }
  | { kind: "removeAgent"; agent: number }
  | { kind: "delete"; ticket: number };

export interface AgentModel {
  capacity: number;
  removed: boolean;
}

export interface TicketModel {
  customer: number;
  talk: number;
  status: "unassigned" | "in_progress" | "closed";
  /** Who owns it, or closed it. */
  owner: number | null;
  version: number;
  /** When its customer began to wait, as a count of acts; null when it is answered. Least first is the queue's order. */
  since: number | null;
  followUps: number;
  snooze: "later" | { over: number } | null;
  preferred: number | null;
  closedLongAgo: boolean;
}

/** What the desk is like. A ticket that was deleted leaves its place empty. */
export interface DeskModel {
  clock: number;
  agents: AgentModel[];
  tickets: (TicketModel | null)[];
}

export function newDesk(capacities: readonly number[]): DeskModel {
  return { clock: 0, agents: capacities.map((capacity) => ({ capacity, removed: false })), tickets: [] };
}

const heldBy = (desk: DeskModel, agent: number) =>
  desk.tickets.filter((ticket) => ticket?.status === "in_progress" && ticket.owner === agent && ticket.snooze === null)
    .length;
const isThere = (desk: DeskModel, agent: number) => desk.agents[agent]?.removed === false;
const hasRoom = (desk: DeskModel, agent: number) => heldBy(desk, agent) < (desk.agents[agent]?.capacity ?? 0);

/** CONTRACT.md 1, order of checks: closed, nobody's, somebody else's. `by`: an admin may do what the owner may. */
function ownerRefusal(ticket: TicketModel, by: number | "admin"): string | null {
  if (ticket.status === "closed") return "already_closed";
  if (ticket.status === "unassigned") return "not_claimed";
  return by === "admin" || by === ticket.owner ? null : "not_assigned_to_you";
}

/** Back to the queue: age is kept; an answered one starts its age anew (DESIGN.md 7). */
function putBack(desk: DeskModel, ticket: TicketModel, preferred: number | null): void {
  Object.assign(ticket, { status: "unassigned", owner: null, snooze: null, preferred, version: ticket.version + 1 });
  ticket.since ??= desk.clock;
}

function close(ticket: TicketModel): void {
  Object.assign(ticket, { status: "closed", since: null, followUps: 0, snooze: null, closedLongAgo: false });
  ticket.version++;
}

function give(ticket: TicketModel, agent: number): void {
  Object.assign(ticket, { status: "in_progress", owner: agent, snooze: null });
  ticket.version++;
}

function openTicket(desk: DeskModel, customer: number, talk: number): string {
  desk.tickets.push({
    customer,
    talk,
    status: "unassigned",
    owner: null,
    version: 1,
    since: desk.clock,
    followUps: 0,
    snooze: null,
    preferred: null,
    closedLongAgo: false,
  });
  return `ticket ${desk.tickets.length - 1}`;
}

/** A customer's further message: on the open ticket of that talk, else on the one that it names (DESIGN.md 7). */
function goOn(desk: DeskModel, place: number): string {
  const named = desk.tickets[place];
  if (!named) return "message_not_found";
  const open = desk.tickets.findIndex((one) => one?.talk === named.talk && one.status !== "closed");
  const at = open === -1 ? place : open;
  const ticket = desk.tickets[at];
  if (!ticket) return "message_not_found";
  if (ticket.status === "closed") {
    if (ticket.closedLongAgo) return openTicket(desk, ticket.customer, ticket.talk);
    Object.assign(ticket, { followUps: 0, since: null });
    putBack(desk, ticket, ticket.owner);
    return `ticket ${at}`;
  }
  ticket.version++;
  ticket.followUps = ticket.since === null ? 0 : ticket.followUps + 1;
  ticket.since ??= desk.clock;
  if (ticket.snooze !== null) ticket.snooze = { over: desk.clock };
  return `ticket ${at}`;
}

/** Its own reopened tickets and those of customers that it serves first, then the queue's order (DESIGN.md 4.1). */
function pull(desk: DeskModel, agent: number): string {
  if (!isThere(desk, agent)) return "agent_not_found";
  const room = Math.max(0, (desk.agents[agent]?.capacity ?? 0) - heldBy(desk, agent));
  const served = new Set(
    desk.tickets.flatMap((one) => (one?.status === "in_progress" && one.owner === agent ? [one.customer] : [])),
  );
  const waiting = desk.tickets
    .flatMap((ticket, place) => (ticket?.status === "unassigned" ? [{ ticket, place }] : []))
    .sort((a, b) => (a.ticket.since ?? 0) - (b.ticket.since ?? 0));
  const isOwn = ({ ticket }: { ticket: TicketModel }) => ticket.preferred === agent || served.has(ticket.customer);
  const taken = [...waiting.filter(isOwn), ...waiting.filter((one) => !isOwn(one))].slice(0, room);
  for (const { ticket } of taken) give(ticket, agent);
  return `took ${taken.map(({ place }) => place).join(",")}`;
}

function wake(desk: DeskModel): string {
  const over = desk.tickets
    .flatMap((ticket) => (ticket && typeof ticket.snooze === "object" && ticket.snooze !== null ? [ticket] : []))
    .sort((a, b) => (a.snooze as { over: number }).over - (b.snooze as { over: number }).over);
  for (const ticket of over) {
    if (hasRoom(desk, ticket.owner ?? -1)) ticket.snooze = null;
    else putBack(desk, ticket, ticket.owner);
  }
  return `woke ${over.length}`;
}

/** `owner` in an act: whoever owns its ticket then, or the first agent. Without it hardly any reply would be accepted. */
export type Planned = Unresolved<Action>;
type Unresolved<One> = One extends unknown
  ? { [Key in keyof One]: Key extends "agent" | "by" ? One[Key] | "owner" : One[Key] }
  : never;

export function resolve(desk: DeskModel, planned: Planned): Action {
  const owner = "ticket" in planned ? (desk.tickets[planned.ticket]?.owner ?? 0) : 0;
  const who = <Who>(one: Who | "owner") => (one === "owner" ? owner : one);
  const resolved = { ...planned } as Record<string, unknown>;
  if ("agent" in planned) resolved.agent = who(planned.agent);
  if ("by" in planned) resolved.by = who(planned.by);
  return resolved as unknown as Action;
}

/** What an act comes to by CONTRACT.md and DESIGN.md, and how the desk stands after it. */
export function step(desk: DeskModel, action: Action): string {
  desk.clock++;
  switch (action.kind) {
    case "write":
      return openTicket(desk, action.customer, desk.clock);
    case "goOn":
      return goOn(desk, action.ticket);
    case "pull":
      return pull(desk, action.agent);
    case "wake":
      return wake(desk);
    case "capacity": {
      const agent = desk.agents[action.agent];
      if (!agent || agent.removed) return "agent_not_found";
      agent.capacity = action.capacity;
      return "done";
    }
    case "removeAgent": {
      const agent = desk.agents[action.agent];
      if (!agent || agent.removed) return "agent_not_found";
      agent.removed = true;
      const held = desk.tickets.flatMap((one) =>
        one?.status === "in_progress" && one.owner === action.agent ? [one] : [],
      );
      for (const ticket of held) putBack(desk, ticket, null);
      return `gave back ${held.length}`;
    }
    default:
      return onTicket(desk, action);
  }
}

type TicketAction = Exclude<Action, { kind: "write" | "goOn" | "pull" | "wake" | "capacity" | "removeAgent" }>;

function onTicket(desk: DeskModel, action: TicketAction): string {
  const ticket = desk.tickets[action.ticket];
  if (!ticket) return action.kind === "sell" || action.kind === "delete" ? "ticket_not_found" : "message_not_found";
  switch (action.kind) {
    case "claim": {
      const { agent } = action;
      if (!isThere(desk, agent)) return "agent_not_found";
      if (ticket.status === "closed") return "already_closed";
      if (ticket.owner === agent) return `claimed v${ticket.version}`;
      if (ticket.owner !== null) return `already_claimed by ${ticket.owner} v${ticket.version}`;
      if (!hasRoom(desk, agent)) return "at_capacity";
      give(ticket, agent);
      return `claimed v${ticket.version}`;
    }
    case "reply": {
      if (!isThere(desk, action.agent)) return "agent_not_found";
      const refusal = ownerRefusal(ticket, action.agent);
      if (refusal) return refusal;
      if (action.seen === "old") return "stale_version";
      if (action.keepOpen) Object.assign(ticket, { since: null, followUps: 0 });
      else close(ticket);
      return "done";
    }
    case "sell": {
      if (!isThere(desk, action.agent)) return "agent_not_found";
      if (ticket.status === "closed") return "already_closed";
      if (ticket.owner !== action.agent) return "not_assigned_to_you";
      close(ticket);
      return "done";
    }
    case "release": {
      const refusal = ownerRefusal(ticket, action.by);
      if (refusal) return refusal;
      putBack(desk, ticket, null);
      return "done";
    }
    case "transfer": {
      if (!isThere(desk, action.to)) return "agent_not_found";
      const refusal = ownerRefusal(ticket, action.by);
      if (refusal) return refusal;
      if (ticket.owner === action.to) return "done";
      if (!hasRoom(desk, action.to)) return "at_capacity";
      give(ticket, action.to);
      return "done";
    }
    case "snooze": {
      const refusal = ownerRefusal(ticket, action.by);
      if (refusal) return refusal;
      ticket.snooze = "later";
      return "done";
    }
    case "reopen": {
      if (ticket.status !== "closed") return "not_closed";
      if (action.by !== "admin" && action.by !== ticket.owner) return "not_assigned_to_you";
      if (desk.tickets.some((one) => one?.talk === ticket.talk && one.status !== "closed")) return "conversation_busy";
      ticket.since = null;
      putBack(desk, ticket, ticket.owner);
      return "done";
    }
    case "snoozeEnds":
      if (ticket.snooze !== null) ticket.snooze = { over: desk.clock };
      return "done";
    case "daysPass":
      if (ticket.status === "closed") ticket.closedLongAgo = true;
      return "done";
    case "delete":
      desk.tickets[action.ticket] = null;
      return "done";
  }
}
