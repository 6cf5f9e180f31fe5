import type { HandOver, Named, ServingAgent, TicketFacts } from "../../src/db/queries/explain-ticket.js";
import { formatAge, formatTime } from "../format-time.js";
import { type Candidate, type Decision, parseDecision } from "./parse-decision.js";

/** What is asked live of a ticket that waits. */
export interface Waiting {
  place: { before: number; inQueue: number };
  agents: readonly ServingAgent[];
  /** Who holds another open ticket of the same customer. */
  ofCustomer: readonly Named[];
}

export interface Explained {
  facts: TicketFacts;
  handOvers: readonly HandOver[];
  /** null unless it waits. */
  waiting: Waiting | null;
}

const nameOf = ({ id, name }: Named) => (name === "" ? `agent ${id}` : name);
const someone = (named: Named | null) => (named === null ? "an agent that is gone" : nameOf(named));
const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

function list(names: readonly string[], most = 10): string {
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  return shown.length < 2 ? (shown[0] ?? "nobody") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** Why a ticket is where it is, in sentences: what it is, how it came to its owner, or what it waits for. Pure. */
export function explainTicket(explained: Explained): string[] {
  const { facts, handOvers, waiting } = explained;
  return [
    stateOf(facts),
    urgencyOf(facts),
    ...handOvers.flatMap(explainHandOver),
    ...(waiting === null ? holdOf(facts) : explainWaiting(facts, waiting)),
  ];
}

function stateOf(facts: TicketFacts): string {
  const { id, queue, status, now } = facts;
  const what = `Ticket ${id} of customer ${facts.customer.userId}, queue ${queue},`;
  if (status === "closed") {
    return `${what} was ${facts.soldAt ? "sold" : "closed"} ${formatTime(facts.closedAt)}${facts.assignee ? ` by ${nameOf(facts.assignee)}` : ""}.`;
  }
  if (status === "unassigned") {
    const since = facts.firstUnansweredAt ?? facts.createdAt;
    return `${what} waits, unanswered for ${formatAge(now.getTime() - since.getTime())}.`;
  }
  const held = facts.assignedAt ? ` for ${formatAge(now.getTime() - facts.assignedAt.getTime())}` : "";
  return `${what} is with ${someone(facts.assignee)}${held}.`;
}

function urgencyOf(facts: TicketFacts): string {
  const due = `due_at ${formatTime(facts.dueAt)}`;
  if (facts.urgency === null)
    return `It is not scored yet: until then it has the ${due} of a message that is not urgent.`;
  const floor = facts.levelFloor === null ? "" : ` (at least ${facts.levelFloor}, as its admin said)`;
  return `Its urgency is ${facts.urgency} (${facts.level})${floor}, which makes its place in the queue ${due}.`;
}

function holdOf(facts: TicketFacts): string[] {
  if (facts.snoozedUntil === null) return [];
  const left = facts.snoozedUntil.getTime() - facts.now.getTime();
  return [
    `It is snoozed until ${formatTime(facts.snoozedUntil)} (${left > 0 ? `in ${formatAge(left)}` : "it is about to wake"}): ` +
      "it keeps its owner and does not count against the capacity.",
  ];
}

/** One change of owner or status: what happened, and the choice behind it where one was stored. */
export function explainHandOver(handOver: HandOver): string[] {
  const { why, from, to, at } = handOver;
  const when = formatTime(at);
  const decision = parseDecision(handOver.decision);
  switch (why) {
    case "claim":
      return [`${when}: ${someone(to)} claimed it by hand.`];
    case "pull":
      return [`${when}: ${someone(to)} asked for work and was given it.`, ...explainFill(to, decision)];
    case "push":
      return [
        `${when}: it was pushed to ${someone(to)}.`,
        ...explainChoice(to, decision),
        ...explainFill(to, decision),
      ];
    case "transfer":
      return [`${when}: ${someone(from)} gave it to ${someone(to)}.`];
    case "release":
      return [`${when}: ${someone(from)} gave it back to the queue.`];
    case "lease":
      return [`${when}: it was taken from ${someone(from)}, who gave no sign of life for longer than the lease.`];
    case "reopen":
      return [`${when}: it was reopened and waits again, offered first to its last agent.`];
    case "reply":
      return [`${when}: ${someone(from ?? to)} closed it with a reply.`];
    case "sell":
      return [`${when}: ${someone(from ?? to)} sold it.`];
    case "agent_removed":
      return [`${when}: ${someone(from)} was removed, and what it held went back to the queue.`];
    case "agent_disabled":
      return [`${when}: ${someone(from)} was disabled, and what it held went back to the queue.`];
    case "close":
      return [`${when}: ${from || to ? someone(from ?? to) : "the desk"} closed it.`];
    case "snooze":
      return [`${when}: ${someone(to ?? from)} put it off.`];
    case "wake":
      return [
        to
          ? `${when}: it woke, and stayed with ${someone(to)}, who had room.`
          : `${when}: it woke, and waits again, because ${someone(from)} had no room.`,
      ];
    default:
      return [`${when}: ${why}, from ${from ? nameOf(from) : "nobody"} to ${to ? nameOf(to) : "nobody"}.`];
  }
}

/** Why it was among what the fill took. */
function explainFill(to: Named | null, decision: Decision | null): string[] {
  if (decision === null) return ["  No decision was stored with that."];
  const who = someone(to);
  const { held, capacity, place } = decision;
  const room = held !== null && capacity !== null ? `${who} held ${held} of ${capacity}` : `${who} had room`;
  const nth = place === null ? "it" : `it was number ${place} of what was taken`;
  switch (decision.rule) {
    case "preferred":
      return [`  ${room}; ${nth}, out of queue order: it had been reopened, and ${who} was its last agent.`];
    case "same_customer":
      return [`  ${room}; ${nth}, out of queue order: ${who} served this customer already.`];
    case "queue_order":
      return [`  ${room}; ${nth}, in queue order: least due_at first among what waited in its queues.`];
    case null:
      return [`  ${room}; ${nth}.`];
  }
}

/** Why it was that agent that was filled. */
function explainChoice(to: Named | null, decision: Decision | null): string[] {
  if (decision === null) return [];
  const chosen = decision.candidates.find(({ id }) => id === to?.id);
  const others = decision.candidates.filter(({ id }) => id !== to?.id);
  const sentences = [`  ${chosenSentence(someone(to), chosen, others, decision)}`];
  if (decision.candidates.length > 0) {
    const unnamed = Math.max(0, (decision.withRoom ?? 0) - decision.candidates.length);
    const named = decision.candidates.map((agent) => `${nameOf(agent)} (${agent.held} of ${agent.capacity})`);
    sentences.push(`  Considered: ${list(named, 20)}${unnamed > 0 ? `, and ${unnamed} more with room` : ""}.`);
  }
  const { full, offline } = decision;
  if (full !== null || offline !== null) {
    const parts = [
      ...(full === null
        ? []
        : [full === 0 ? "Nobody online was full" : `${full} online ${full === 1 ? "was" : "were"} full`]),
      ...(offline === null || offline === 0
        ? []
        : [`${offline} ${offline === 1 ? "was" : "were"} away, offline or not heard of`]),
    ];
    sentences.push(`  ${parts.join("; ")}.`);
  }
  return sentences;
}

function chosenSentence(
  who: string,
  chosen: Candidate | undefined,
  others: readonly Candidate[],
  decision: Decision,
): string {
  switch (decision.chosenBy) {
    case "preferred":
      return `${who} was chosen because it was the last agent of a ticket that had been reopened.`;
    case "only_one":
      return others.length === 0
        ? `${who} was the only one online with room.`
        : `${who} was the only one with room that serves the queue of the first ticket that it was given.`;
    case "fewest_open":
      return `${who} was chosen because it held the fewest open tickets${chosen ? ` (${chosen.held})` : ""} of all who could take it.`;
    case "longest_idle": {
      const idle = !chosen
        ? ""
        : chosen.lastAssignedAt
          ? ` (since ${formatTime(chosen.lastAssignedAt)})`
          : " (it had never been given any)";
      return `${who} was chosen among those with equally few tickets because it had been given none for the longest time${idle}.`;
    }
    case null:
      return `${who} was online and had room.`;
  }
}

/** What a waiting ticket waits for: its place, and who could take it. */
function explainWaiting(facts: TicketFacts, { place, agents, ofCustomer }: Waiting): string[] {
  const sentences: string[] = [];
  if (facts.scoredAt === null)
    sentences.push("Its last message is not scored yet (stage score); it can be taken meanwhile.");
  if (facts.routedAt === null)
    sentences.push("It is not routed yet (stage route), so it waits in the queue where it began.");
  sentences.push(
    place.before === 0
      ? "It is the first of all that wait."
      : `${plural(place.before, "ticket")} ${place.before === 1 ? "waits" : "wait"} before it, ${place.inQueue} of them in ${facts.queue}.`,
  );
  if (facts.preferred)
    sentences.push(`${nameOf(facts.preferred)}, its last agent, is offered it first, whenever it has room.`);
  if (ofCustomer.length > 0) {
    sentences.push(
      `${list(ofCustomer.map(nameOf))} ${ofCustomer.length === 1 ? "serves" : "serve"} this customer already: ` +
        "a fill takes tickets of the agent's own customers first, in queue order among them.",
    );
  }
  return [...sentences, ...explainAgents(facts.queue, agents)];
}

function explainAgents(queue: string, agents: readonly ServingAgent[]): string[] {
  if (agents.length === 0) return [`Nobody serves ${queue}: give the queue to an agent, or have one that serves all.`];
  const alive = agents.filter((agent) => agent.alive);
  const withRoom = alive.filter((agent) => agent.held < agent.capacity);
  const full = alive.length - withRoom.length;
  const away = agents.filter((agent) => agent.availability === "away").length;
  const silent = agents.filter((agent) => agent.availability === "online" && !agent.alive).length;
  const offline = agents.filter((agent) => agent.availability === "offline").length;
  const counts = [
    `${alive.length} online (${withRoom.length} with room, ${full} full)`,
    ...(away > 0 ? [`${away} away`] : []),
    ...(silent > 0 ? [`${silent} online by name but not heard of`] : []),
    ...(offline > 0 ? [`${offline} offline`] : []),
  ];
  const sentences = [`${plural(agents.length, "agent serves", "agents serve")} ${queue}: ${counts.join(", ")}.`];
  const [next] = withRoom;
  if (next) {
    sentences.push(
      `With room: ${list(withRoom.map((agent) => `${nameOf(agent)} (${agent.held} of ${agent.capacity})`))}. ` +
        `The push gives next to ${nameOf(next)}, in queue order; if this lasts, look at switchboard queue show assign.`,
    );
  } else if (alive.length > 0) {
    sentences.push(
      "All who are online are full: it is given out when one of them closes, releases or snoozes something.",
    );
  } else {
    sentences.push("Nobody who serves it is online: nothing is pushed; an agent can pull or claim it.");
  }
  return sentences;
}
