import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { FillContext } from "../../../src/commands/fill-agent.js";
import { fillAgent } from "../../../src/commands/fill-agent.js";
import { GatheredPulls } from "../../../src/commands/gathered-pulls.js";
import { bindDatabase } from "../../../src/db/bound-database.js";
import { admin, clearDesk, type Desk, fills, openDesk, ticketRow, toldOf, waitingTickets } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

let test_: TestDatabase;
let desk: Desk;

beforeAll(async () => {
  test_ = await createTestDatabase(8);
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});
beforeEach(() => clearDesk(test_.db));

/** A flush tells how many agents it held. */
const open = (wake: () => void = () => undefined) => {
  const flushes: number[] = [];
  const pulls = new GatheredPulls({
    ...{ db: test_.db, wake, queueMax: 1000 },
    onFlush: (agents) => flushes.push(agents),
  });
  return { pulls, flushes };
};

const waiting = (count: number) => waitingTickets(desk, count);

const context = (requestId = "test-request"): FillContext => ({ ...fills(test_.db), requestId });

const decisionOf = async (ticketId: number) =>
  (
    await test_.db.pool.query(
      "SELECT to_agent, why, version, request_id, decision FROM assignments WHERE ticket_id = $1",
      [ticketId],
    )
  ).rows[0];

test("who pull at once are one flush, served in turn: given, kept and told as fillAgent does alone", async () => {
  const [ann, ben, cleo] = [await desk.agent(), await desk.agent({ capacity: 2 }), await desk.agent()];
  await test_.db.kysely.insertInto("agent_queues").values({ agent_id: cleo.id, queue: "loans" }).execute();
  const ids = await waiting(20);
  await test_.db.pool.query("UPDATE tickets SET queue = 'loans' WHERE id = ANY($1)", [ids.slice(-2)]);
  const { pulls, flushes } = open();
  const given = await Promise.all([ann, ben, cleo].map(({ id, name }) => pulls.pull(context(`by ${name}`), id)));
  expect(flushes).toEqual([3]);
  expect(given.map(({ taken }) => taken)).toEqual([ids.slice(0, 15), ids.slice(15, 17), ids.slice(-2)]);
  for (const { taken, tickets } of given) expect(tickets.map(({ id }) => id)).toEqual(taken);
  expect(given[1]).toMatchObject({ name: ben.name, capacity: 2, held: 0, queues: [] });

  const [together = 0, alone = 0] = [ids[0], ids[17]];
  const dora = await desk.agent();
  expect((await fillAgent(context("by Dora"), { agentId: dora.id, reason: "pull" })).taken).toEqual([alone]);
  const [one, other] = [await decisionOf(together), await decisionOf(alone)];
  expect(one).toEqual({
    ...{ ...other, to_agent: ann.id, request_id: `by ${ann.name}` },
    decision: { ...other.decision, place: 1 },
  });
  expect(await toldOf(test_.db, together)).toEqual(await toldOf(test_.db, alone));
  const batches = await test_.db.pool.query(
    "SELECT payload FROM outbox WHERE type = 'batch_assigned' ORDER BY id LIMIT 1",
  );
  expect(batches.rows[0].payload).toEqual({ agent_id: ann.id, message_ids: ids.slice(0, 15), reason: "pull" });
});

test("pulled again: the same list, and nothing new", async () => {
  const ann = await desk.agent({ capacity: 3 });
  const ids = await waiting(5);
  const { pulls } = open();
  await pulls.pull(context(), ann.id);
  const again = await pulls.pull(context(), ann.id);
  expect(again).toMatchObject({ taken: [], held: 3, capacity: 3 });
  expect(again.tickets.map(({ id }) => id)).toEqual(ids.slice(0, 3));
});

test("eight pulls of one agent at once give it no more than its capacity", async () => {
  const ann = await desk.agent();
  await waiting(40);
  const { pulls } = open();
  const given = await Promise.all(Array.from({ length: 8 }, () => pulls.pull(context(), ann.id)));
  expect(given.reduce((sum, { taken }) => sum + taken.length, 0)).toBe(15);
  for (const { tickets } of given) expect(tickets).toHaveLength(15);
});

test("one that somebody else holds waits for it alone, and holds up nobody", async () => {
  const [ann, ben] = [await desk.agent({ capacity: 2 }), await desk.agent({ capacity: 2 })];
  const ids = await waiting(4);
  const client = await test_.db.pool.connect();
  const { pulls } = open();
  try {
    await client.query("BEGIN");
    await client.query("SELECT 1 FROM agents WHERE id = $1 FOR UPDATE", [ann.id]);
    const held = pulls.pull(context(), ann.id);
    expect((await pulls.pull(context(), ben.id)).taken).toEqual(ids.slice(0, 2));
    await client.query("COMMIT");
    expect((await held).taken).toEqual(ids.slice(2));
  } finally {
    client.release();
  }
});

test("one that comes back short while tickets wait looks again, and returns all that it was given", async () => {
  const ann = await desk.agent({ capacity: 3 });
  const ids = await waiting(3);
  const client = await test_.db.pool.connect();
  const { pulls } = open();
  try {
    await client.query("BEGIN");
    await client.query("SELECT 1 FROM tickets WHERE id = $1 FOR UPDATE", [ids[0]]);
    const gate = fills(test_.db).gate;
    const freeing = Object.assign(Object.create(gate), {
      run: async (work: () => Promise<unknown>) => {
        await client.query("COMMIT");
        return gate.run(work);
      },
    });
    const pulled = await pulls.pull({ ...context(), gate: freeing }, ann.id);
    expect(pulled.taken).toEqual([ids[1], ids[2], ids[0]]);
    expect(pulled.held).toBe(0);
    expect(pulled.tickets.map(({ id }) => id)).toEqual(ids);
  } finally {
    client.release();
  }
});

test("an admin's pull for an agent is kept as such; a keyed call's is part of its transaction", async () => {
  const ann = await desk.agent({ capacity: 1 });
  const ids = await waiting(1);
  const { pulls, flushes } = open();
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    const bound = bindDatabase(client);
    expect((await pulls.pull({ ...context(), db: bound }, ann.id)).taken).toEqual(ids);
    await client.query("ROLLBACK");
  } finally {
    client.release();
  }
  expect(await ticketRow(test_.db, ids[0] ?? 0)).toMatchObject({ status: "unassigned" });
  expect((await pulls.pull({ ...context(), actor: admin }, ann.id)).taken).toEqual(ids);
  const audit = await test_.db.pool.query("SELECT action FROM audit_log ORDER BY id DESC LIMIT 1");
  expect(audit.rows).toEqual([{ action: "ticket.pull" }]);
  expect(flushes).toEqual([]);
});

test("an agent that is not there is refused, and those beside it are filled", async () => {
  const ann = await desk.agent({ capacity: 1 });
  await waiting(1);
  const { pulls } = open();
  const [gone, filled] = await Promise.allSettled([pulls.pull(context(), 999_999_999), pulls.pull(context(), ann.id)]);
  expect(gone).toMatchObject({ status: "rejected", reason: { code: "agent_not_found" } });
  expect(filled).toMatchObject({ status: "fulfilled", value: { name: ann.name } });
});

test("who waited too long is refused, and given nothing", async () => {
  const [ann, ben] = [await desk.agent({ capacity: 1 }), await desk.agent({ capacity: 1 })];
  const [id = 0] = await waiting(2);
  const client = await test_.db.pool.connect();
  const pulls = new GatheredPulls({ db: test_.db, wake: () => undefined, queueMax: 10, waitMs: 20 });
  try {
    await client.query("BEGIN");
    // The flush of the first waits here for as long as the test wants.
    await client.query("LOCK TABLE agent_liveness IN ACCESS EXCLUSIVE MODE");
    const first = pulls.pull(context(), ann.id);
    await until(
      async () =>
        (await test_.db.pool.query("SELECT FROM pg_locks WHERE NOT granted AND relation = 'agent_liveness'::regclass"))
          .rows.length > 0,
      "the first to be under way",
    );
    const asked = performance.now();
    const second = pulls.pull(context(), ben.id).catch((error) => error);
    await until(() => performance.now() - asked > 20, "its time to be over");
    await client.query("COMMIT");
    expect((await first).taken).toEqual([id]);
    expect(await second).toMatchObject({ code: "overloaded" });
  } finally {
    client.release();
  }
  const held = await test_.db.pool.query("SELECT count(*)::int AS n FROM tickets WHERE assignee_id = $1", [ben.id]);
  expect(held.rows).toEqual([{ n: 0 }]);
});
