import { expect, test } from "vitest";
import { type Candidate, planPush } from "../../../src/domain/push-plan.js";

const agent = (id: number, held: number, rest: Partial<Candidate> = {}): Candidate => ({
  id,
  held,
  capacity: 15,
  lastAssignedAt: null,
  queues: [],
  ...rest,
});
const waiting = (count: number, queue = "general", preferredAgentId: number | null = null) =>
  Array.from({ length: count }, () => ({ queue, preferredAgentId }));

test("one ticket goes to the agent with the fewest open ones", () => {
  expect(planPush(waiting(1), [agent(1, 3), agent(2, 1), agent(3, 2)])).toEqual([
    { agentId: 2, count: 1, chosenBy: "fewest_open" },
  ]);
});

test("of equals the longest idle is chosen, one that never had any first", () => {
  const early = { lastAssignedAt: new Date("2026-01-01T08:00:00Z") };
  const late = { lastAssignedAt: new Date("2026-01-01T09:00:00Z") };
  expect(planPush(waiting(1), [agent(1, 2, late), agent(2, 2, early)])).toEqual([
    { agentId: 2, count: 1, chosenBy: "longest_idle" },
  ]);
  expect(planPush(waiting(1), [agent(1, 2, early), agent(2, 2)])[0]?.agentId).toBe(2);
});

test("many are shared out until all hold the same, and never beyond a capacity", () => {
  const shares = planPush(waiting(10), [agent(1, 4), agent(2, 0), agent(3, 0, { capacity: 2 })]);
  expect(Object.fromEntries(shares.map((share) => [share.agentId, share.count]))).toEqual({ 1: 2, 2: 6, 3: 2 });
  expect(planPush(waiting(100), [agent(1, 15), agent(2, 14)])).toEqual([
    { agentId: 2, count: 1, chosenBy: "only_one" },
  ]);
});

test("a ticket goes to its last agent while that one has room", () => {
  const shares = planPush(waiting(3, "general", 1), [agent(1, 13), agent(2, 0)]);
  expect(shares).toEqual([
    { agentId: 1, count: 2, chosenBy: "preferred" },
    { agentId: 2, count: 1, chosenBy: "only_one" },
  ]);
});

test("agents with a list of queues get theirs only, and are filled first", () => {
  const tickets = [...waiting(2, "loans"), ...waiting(2, "accounts")];
  const shares = planPush(tickets, [agent(1, 0), agent(2, 0, { queues: ["loans"] })]);
  expect(shares.map((share) => share.agentId)).toEqual([2, 1]);
  expect(shares.reduce((sum, share) => sum + share.count, 0)).toBe(4);
  expect(planPush(waiting(2, "disputes"), [agent(2, 0, { queues: ["loans"] })])).toEqual([]);
});

test("what nobody can take is left, and costs what comes after it nothing", () => {
  const tickets = [...waiting(5, "disputes"), ...waiting(1, "loans")];
  expect(planPush(tickets, [agent(2, 0, { queues: ["loans"] })])).toEqual([
    { agentId: 2, count: 1, chosenBy: "only_one" },
  ]);
});
