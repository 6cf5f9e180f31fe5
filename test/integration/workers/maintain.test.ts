import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { EphemeralFrame } from "../../../src/bus/bus.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { maintainStage } from "../../../workers/maintain.js";
import { type Desk, limits, openDesk, ticketRow } from "../../support/desk.js";
import { emptyFiles } from "../../support/empty-files.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { drivers } from "../queue/drivers.js";
import { openStageBench, type StageBench } from "./stage-bench.js";

let database: TestDatabase;
let desk: Desk;
let bench: StageBench;
let dropStore: () => Promise<void>;
let frames: EphemeralFrame[];
beforeAll(async () => {
  database = await createTestDatabase();
  desk = await openDesk(database.db);
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});
beforeEach(async () => {
  frames = [];
  const made = await drivers[1]?.make();
  if (!made) throw new Error("no store");
  dropStore = made.drop;
  bench = openStageBench(made.address, database.db);
});
afterEach(async () => {
  await bench.close();
  await dropStore();
});

const run = (text: string) => database.db.pool.query(text);

function maintain(publishEphemeral = async (frame: EphemeralFrame) => void frames.push(frame)) {
  const { admin, producer } = bench;
  const ctx = { db: database.db, limits, wake: () => undefined };
  const bus = { publishEphemeral, publishControl: async () => undefined };
  const options = {
    admin,
    producer,
    bus,
    leaseMinutes: 30,
    eventRetentionDays: 7,
    deliveryRetentionDays: 14,
    botAnswerWithinS: 60,
    files: emptyFiles(),
  };
  const process = maintainStage(ctx, options);
  const signal = new AbortController().signal;
  return process({ subjectIds: [0], requestId: null, requestOf: () => null, signal });
}

it("finds who is gone, takes back what it left, and shows both", async () => {
  const [silent, absent] = [await desk.agent(), await desk.agent()];
  const ticketId = await desk.message();
  await claimTicket(desk.as(absent), { ticketId, agentId: absent.id });
  await run(
    `UPDATE agents SET availability = 'online', availability_by = 'socket' WHERE id IN (${silent.id}, ${absent.id})`,
  );
  await run(`
    INSERT INTO agent_liveness (agent_id, last_seen_at, socket_seen_at, online_until) VALUES
      (${silent.id}, now() - interval '16 s', now() - interval '16 s', now() - interval '1 s'),
      (${absent.id}, now() - interval '31 minutes', now() - interval '31 minutes', now() - interval '30 minutes');
    UPDATE tickets SET assigned_at = now() - interval '1 hour' WHERE id = ${ticketId};
    UPDATE system SET heartbeat_at = now(), gap_ended_at = now() - interval '1 day'`);
  const log = await maintain();
  expect(log).toMatchObject({ expired: 2, taken_back: 1 });
  expect((await ticketRow(database.db, ticketId)).status).toBe("unassigned");
  const shown = (agentId: number, open: number) => ({
    stream: "agents",
    frame: { type: "agent_presence", agent_id: agentId, availability: "offline", open_tickets: open },
  });
  const presences = frames.filter(({ frame }) => frame.type === "agent_presence");
  expect(presences).toEqual([shown(silent.id, 0), shown(absent.id, 1), shown(absent.id, 0)]);
  expect(await maintain()).toBeNull();
});

it("does its work though nobody can be shown it", async () => {
  const silent = await desk.agent();
  await run(`UPDATE agents SET availability = 'online' WHERE id = ${silent.id}`);
  expect(await maintain(() => Promise.reject(new Error("the bus is away")))).toMatchObject({ expired: 1 });
});
