import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { assignWaiting } from "../../src/commands/assign-waiting.js";
import { claimTicket } from "../../src/commands/claim-ticket.js";
import { fillAgent } from "../../src/commands/fill-agent.js";
import { GatheredPulls } from "../../src/commands/gathered-pulls.js";
import { releaseTicket } from "../../src/commands/release-ticket.js";
import { replyToTicket } from "../../src/commands/reply-to-ticket.js";
import { transferTicket } from "../../src/commands/transfer-ticket.js";
import type { Actor } from "../../src/domain/policy.js";
import { auditOwners, noFaults } from "../support/audit.js";
import { admin, clearDesk, type Desk, fills, openDesk } from "../support/desk.js";
import { testRandom } from "../support/random.js";
import { createTestDatabase, type TestDatabase } from "../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  test_ = await createTestDatabase(20);
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});
afterEach(async () => {
  expect(await auditOwners(test_.db)).toEqual(noFaults);
  await clearDesk(test_.db);
});

const messages = (count: number) => Promise.all(Array.from({ length: count }, () => desk.message()));
const agents = (count: number) => Promise.all(Array.from({ length: count }, () => desk.agent()));
const pull = (agentId: number) => fillAgent(fills(test_.db), { agentId, reason: "pull" });

test("eight pulls of one agent at once give it fifteen, not one more", async () => {
  await messages(150);
  for (let round = 0; round < 5; round++) {
    const [agent] = await agents(1);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => pull(agent?.id ?? 0)));
    expect(outcomes.flatMap((outcome) => outcome.taken)).toHaveLength(15);
  }
});

test("thirty agents over 300 tickets: each gets its own, none is taken twice, none is forgotten", async () => {
  const ids = await messages(300);
  const outcomes = await Promise.all((await agents(30)).map((agent) => pull(agent.id)));
  const taken = outcomes.flatMap((outcome) => outcome.taken);
  expect(taken).toHaveLength(300);
  expect([...taken].sort((a, b) => a - b)).toEqual([...ids].sort((a, b) => a - b));
  expect(Math.max(...outcomes.map((outcome) => outcome.taken.length))).toBeLessThanOrEqual(15);
});

test("a hundred pulls at once, two of each agent, some together: each gets its own, and no more than fifteen", async () => {
  const ids = await messages(700);
  const people = await agents(50);
  const pulls = new GatheredPulls({ db: test_.db, wake: () => undefined, queueMax: 1000 });
  const outcomes = await Promise.all([...people, ...people].map(({ id }) => pulls.pull(fills(test_.db), id)));
  const taken = outcomes.flatMap((outcome) => outcome.taken);
  expect([...taken].sort((a, b) => a - b)).toEqual([...ids].sort((a, b) => a - b));
  expect(Math.max(...outcomes.map(({ tickets }) => tickets.length))).toBeLessThanOrEqual(15);
});

test("fills, claims, replies, releases, transfers, pushes and changes of capacity beside each other", async () => {
  const random = testRandom();
  const pulls = new GatheredPulls({ db: test_.db, wake: () => undefined, queueMax: 1000 });
  const people = await agents(8);
  await test_.db.pool.query("UPDATE agents SET availability = 'online' WHERE deleted_at IS NULL");
  await test_.db.pool.query(
    `INSERT INTO agent_liveness (agent_id, online_until) SELECT id, now() + interval '1 hour' FROM agents
     ON CONFLICT (agent_id) DO UPDATE SET online_until = excluded.online_until`,
  );
  const ids = await messages(200);
  const any = <T>(list: readonly T[]) => list[random.below(list.length)] as T;
  const owned = async (agent: Actor) => {
    const { rows } = await test_.db.pool.query<{ id: number }>(
      "SELECT id FROM tickets WHERE assignee_id = $1 AND status = 'in_progress' ORDER BY random() LIMIT 1",
      [agent.id],
    );
    return rows[0]?.id ?? any(ids);
  };
  const acts: ((agent: Actor & { id: number }) => Promise<unknown>)[] = [
    (agent) => pull(agent.id),
    (agent) => pulls.pull(fills(test_.db), agent.id),
    () => assignWaiting(fills(test_.db), new AbortController().signal),
    (agent) => claimTicket(desk.as(agent), { ticketId: any(ids), agentId: agent.id }),
    async (agent) => releaseTicket(desk.as(agent), { ticketId: await owned(agent) }),
    async (agent) => transferTicket(desk.as(admin), { ticketId: await owned(agent), toAgentId: any(people).id }),
    async (agent) => replyToTicket(desk.as(agent), { ticketId: await owned(agent), agentId: agent.id, text: "Yes." }),
    // Raised only: lowering takes nothing away, and the audit compares with the capacity of now.
    (agent) => test_.db.pool.query("UPDATE agents SET capacity = least(40, capacity + 1) WHERE id = $1", [agent.id]),
  ];
  const refused: string[] = [];
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for (let act = 0; act < 40; act++) {
        await any(acts)(any(people)).catch((error: Error & { code?: string }) =>
          refused.push(error.code ?? error.message),
        );
      }
    }),
  );
  const expected = ["not_assigned_to_you", "not_claimed", "already_closed", "at_capacity"];
  expect(refused.filter((code) => !expected.includes(code))).toEqual([]);
});
