import { expect, test } from "vitest";
import { explainHandOver, explainTicket, type Waiting } from "../../../cli/tickets/explain-ticket.js";
import type { HandOver, ServingAgent, TicketFacts } from "../../../src/db/queries/explain-ticket.js";

const now = new Date("2026-11-21T12:00:00Z");
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const amina = { id: 3, name: "Amina" };
const ben = { id: 4, name: "Ben" };

function facts(given: Partial<TicketFacts> = {}): TicketFacts {
  return {
    id: 12,
    conversationId: 12,
    status: "unassigned",
    queue: "loans",
    urgency: 81,
    level: "high",
    levelFloor: null,
    topic: "disbursement",
    dueAt: new Date("2026-11-21T18:00:00Z"),
    firstUnansweredAt: minutesAgo(10),
    snoozedUntil: null,
    assignee: null,
    assignedAt: null,
    preferred: null,
    version: 1,
    scoredAt: minutesAgo(10),
    routedAt: minutesAgo(10),
    closedAt: null,
    soldAt: null,
    createdAt: minutesAgo(10),
    customer: { id: 900, userId: "U900", name: "Cleo", openTickets: 1 },
    now,
    ...given,
  };
}

const handOver = (given: Partial<HandOver>): HandOver => ({
  version: 2,
  why: "pull",
  from: null,
  to: amina,
  decision: null,
  requestId: null,
  at: minutesAgo(5),
  ...given,
});

function agent(given: Partial<ServingAgent> = {}): ServingAgent {
  const base = { availability: "online" as const, alive: true, capacity: 15, held: 0, servesAll: true };
  return { ...amina, ...base, lastAssignedAt: null, ...given };
}

const waiting = (given: Partial<Waiting> = {}): Waiting => ({
  place: { before: 0, inQueue: 0 },
  agents: [],
  ofCustomer: [],
  ...given,
});
const explain = (of: Partial<TicketFacts>, live: Waiting | null, handOvers: HandOver[] = []) =>
  explainTicket({ facts: facts(of), handOvers, waiting: live }).join("\n");

test("a push names who was considered, who was full, and what chose", () => {
  const decision = {
    reason: "push",
    rule: "queue_order",
    place: 2,
    held: 1,
    capacity: 15,
    chosen_by: "fewest_open",
    candidates: [
      { agent_id: 3, name: "Amina", held: 1, capacity: 15, last_assigned_at: null },
      { agent_id: 4, name: "Ben", held: 4, capacity: 5, last_assigned_at: "2026-11-21T11:00:00.000Z" },
    ],
    with_room: 7,
    full: 2,
    offline: 1,
  };
  expect(explainHandOver(handOver({ why: "push", decision }))).toEqual([
    "2026-11-21 11:55:00.000Z: it was pushed to Amina.",
    "  Amina was chosen because it held the fewest open tickets (1) of all who could take it.",
    "  Considered: Amina (1 of 15) and Ben (4 of 5), and 5 more with room.",
    "  2 online were full; 1 was away, offline or not heard of.",
    "  Amina held 1 of 15; it was number 2 of what was taken, in queue order: least due_at first among what waited in its queues.",
  ]);
});

test.each([
  ["preferred", "out of queue order: it had been reopened, and Amina was its last agent"],
  ["same_customer", "out of queue order: Amina served this customer already"],
  ["queue_order", "in queue order"],
])("the fill's rule %s", (rule, words) => {
  const text = explainHandOver(handOver({ decision: { rule, place: 1, held: 0, capacity: 15 } })).join("\n");
  expect(text).toContain(words);
});

test.each([
  ["only_one", "was the only one online with room"],
  ["longest_idle", "given none for the longest time (it had never been given any)"],
  ["preferred", "the last agent of a ticket that had been reopened"],
])("the push's choice %s", (chosenBy, words) => {
  const candidates = [{ agent_id: 3, name: "Amina", held: 1, capacity: 15, last_assigned_at: null }];
  const decision = { rule: "queue_order", chosen_by: chosenBy, candidates };
  expect(explainHandOver(handOver({ why: "push", decision })).join("\n")).toContain(words);
});

test("a record of another shape is told as far as it can be read", () => {
  for (const decision of [{}, { rule: "astrology", candidates: "none" }, { candidates: [null, 7, { name: "x" }] }]) {
    const lines = explainHandOver(handOver({ why: "push", decision }));
    expect(lines.join("\n")).toContain("Amina had room");
    expect(lines.join("\n")).not.toMatch(/undefined|null|NaN/);
  }
  expect(explainHandOver(handOver({ why: "pull", decision: null })).at(-1)).toContain("No decision was stored");
});

test("every reason that a change can have is said with its agents", () => {
  const of = (why: string, from: HandOver["from"], to: HandOver["to"]) =>
    explainHandOver(handOver({ why, from, to }))[0] ?? "";
  expect(of("claim", null, amina)).toContain("Amina claimed it by hand");
  expect(of("transfer", amina, ben)).toContain("Amina gave it to Ben");
  expect(of("release", amina, null)).toContain("Amina gave it back");
  expect(of("lease", amina, null)).toContain("taken from Amina");
  expect(of("wake", amina, null)).toContain("because Amina had no room");
  expect(of("reply", ben, null)).toContain("Ben closed it with a reply");
  expect(of("sell", ben, null)).toContain("Ben sold it");
  expect(of("agent_removed", ben, null)).toContain("Ben was removed");
  expect(of("something_new", amina, null)).toContain("something_new, from Amina to nobody");
  expect(of("release", null, null)).toContain("an agent that is gone");
});

test("a waiting ticket: its place, and who could take it", () => {
  const text = explain(
    {},
    waiting({
      place: { before: 7, inQueue: 1 },
      agents: [
        agent({ held: 2 }),
        agent({ ...ben, held: 15 }),
        agent({ id: 5, name: "Cem", alive: false }),
        agent({ id: 6, name: "Dora", availability: "away", alive: false }),
        agent({ id: 7, name: "Eve", availability: "offline", alive: false }),
      ],
      ofCustomer: [ben],
    }),
  );
  expect(text).toContain("Ticket 12 of customer U900, queue loans, waits, unanswered for 10 min 0 s.");
  expect(text).toContain("Its urgency is 81 (high)");
  expect(text).toContain("7 tickets wait before it, 1 of them in loans.");
  expect(text).toContain("Ben serves this customer already");
  expect(text).toContain(
    "5 agents serve loans: 2 online (1 with room, 1 full), 1 away, 1 online by name but not heard of, 1 offline.",
  );
  expect(text).toContain("With room: Amina (2 of 15). The push gives next to Amina");
});

test("why nothing happens to it: nobody serves it, nobody is online, all are full, not scored, not routed", () => {
  expect(explain({}, waiting())).toContain("Nobody serves loans");
  expect(explain({}, waiting({ agents: [agent({ alive: false, availability: "offline" })] }))).toContain(
    "Nobody who serves it is online",
  );
  expect(explain({}, waiting({ agents: [agent({ held: 15 })] }))).toContain("All who are online are full");
  const fresh = explain({ urgency: null, level: null, scoredAt: null, routedAt: null, preferred: ben }, waiting());
  expect(fresh).toContain("It is not scored yet");
  expect(fresh).toContain("It is not routed yet");
  expect(fresh).toContain("It is the first of all that wait.");
  expect(fresh).toContain("Ben, its last agent, is offered it first");
});

test("an owned, a snoozed, a closed and a sold one", () => {
  const owned = { status: "in_progress" as const, assignee: amina, assignedAt: minutesAgo(3) };
  expect(explain(owned, null)).toContain("is with Amina for 3 min 0 s");
  const snoozed = explain({ ...owned, snoozedUntil: new Date(now.getTime() + 7_200_000) }, null);
  expect(snoozed).toContain("snoozed until 2026-11-21 14:00:00.000Z (in 2 h 0 min)");
  expect(explain({ ...owned, snoozedUntil: minutesAgo(1) }, null)).toContain("about to wake");
  const closed = { status: "closed" as const, assignee: amina, closedAt: now };
  expect(explain(closed, null)).toContain("was closed 2026-11-21 12:00:00.000Z by Amina");
  expect(explain({ ...closed, soldAt: now }, null)).toContain("was sold");
});
