import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { agentConnected } from "../../../src/commands/agent-connected.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { expireOnline } from "../../../src/commands/expire-online.js";
import { recordSightings, renewLiveness } from "../../../src/commands/renew-liveness.js";
import { setAvailability } from "../../../src/commands/set-availability.js";
import type { Availability } from "../../../src/db/queries/agent-liveness.js";
import { admin, type Desk, openDesk } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

let database: TestDatabase;
let desk: Desk;
let agentId: number;
beforeAll(async () => {
  database = await createTestDatabase();
  desk = await openDesk(database.db);
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});
beforeEach(async () => {
  await run("DELETE FROM outbox; UPDATE agents SET availability = 'offline', availability_by = 'system'");
  agentId = (await desk.agent()).id;
});

const run = (text: string) => database.db.pool.query(text);
const ctx = () => ({ db: database.db, wake: () => undefined });
const set = (availability: Availability, leaseMinutes = 30) =>
  setAvailability(desk.as(admin), { agentId, availability, leaseMinutes });
const online = { availability: "online", openTickets: 0 };

/** How the agent stands; seconds that it is still online, and since a call and a socket of it were seen. */
async function standing() {
  const { rows } = await run(`
    SELECT a.availability, a.availability_by AS by, round(extract(epoch FROM l.online_until - now()))::float AS left,
           round(extract(epoch FROM now() - l.last_seen_at))::float AS seen,
           round(extract(epoch FROM now() - l.socket_seen_at))::float AS socket
    FROM agents a LEFT JOIN agent_liveness l ON l.agent_id = a.id WHERE a.id = ${agentId}`);
  return rows[0];
}

/** Moves all that is known of the agent's life into the past. */
const age = (interval: string) =>
  run(`UPDATE agent_liveness SET online_until = online_until - interval '${interval}',
    last_seen_at = last_seen_at - interval '${interval}', socket_seen_at = socket_seen_at - interval '${interval}'
    WHERE agent_id = ${agentId}`);

async function freed() {
  const { rows } = await run("SELECT stream, payload, stage, subject_id FROM outbox WHERE type = 'room_freed'");
  return rows;
}
const roomFreed = () => ({
  stream: "desk",
  payload: { agent_id: agentId, reason: "online" },
  stage: "assign",
  subject_id: agentId,
});

describe("a socket", () => {
  test("makes an agent online for 15 s and asks for the push, once", async () => {
    const ticketId = await desk.message();
    await claimTicket(desk.as(admin), { ticketId, agentId });
    expect(await agentConnected(ctx(), agentId)).toEqual({ agentId, availability: "online", openTickets: 1 });
    expect(await standing()).toEqual({ availability: "online", by: "socket", left: 15, seen: 0, socket: 0 });
    expect(await agentConnected(ctx(), agentId)).toBeNull();
    expect(await freed()).toEqual([roomFreed()]);
  });

  test("of who is no agent, or no more, is nobody's availability", async () => {
    await run(`UPDATE agents SET deleted_at = now() WHERE id = ${agentId}`);
    expect(await agentConnected(ctx(), agentId)).toBeNull();
    expect(await agentConnected(ctx(), 999_999)).toBeNull();
    expect(await standing()).toMatchObject({ availability: "offline", left: null });
    expect(await freed()).toEqual([]);
  });

  test.each(["away", "offline"] as const)(
    "does not overrule '%s' after a relay's restart, a fresh one does",
    async (choice) => {
      await agentConnected(ctx(), agentId);
      await set(choice);
      await age("50 s");
      expect(await agentConnected(ctx(), agentId)).toBeNull();
      expect(await standing()).toMatchObject({ availability: choice, by: "call", socket: 0 });
      expect(await freed()).toHaveLength(1);
      await age("61 s");
      expect(await agentConnected(ctx(), agentId)).toMatchObject(online);
      expect(await standing()).toMatchObject({ availability: "online", by: "socket" });
      expect(await freed()).toHaveLength(2);
    },
  );

  test("that is open keeps who says so by a call: away and online again is no promise beyond it", async () => {
    await agentConnected(ctx(), agentId);
    await set("away");
    await set("online", 0);
    expect(await standing()).toMatchObject({ availability: "online", by: "socket", left: 15 });
    await age("16 s");
    await set("online", 0);
    expect(await standing()).toMatchObject({ availability: "online", by: "call" });
  });

  test("takes over from a call: online is from then on as long as there is one", async () => {
    await set("online", 0);
    expect(await agentConnected(ctx(), agentId)).toBeNull();
    expect(await standing()).toMatchObject({ availability: "online", by: "socket", left: 15 });
  });

  test("of an agent that ran out brings it back, with the push", async () => {
    await agentConnected(ctx(), agentId);
    await age("16 s");
    expect(await agentConnected(ctx(), agentId)).toMatchObject(online);
    expect(await freed()).toHaveLength(2);
  });
});

describe("the renewal", () => {
  test("of all sockets is for 15 s, shortens nothing, and names who was taken for gone", async () => {
    const quiet = await desk.agent();
    await agentConnected(ctx(), agentId);
    await agentConnected(ctx(), quiet.id);
    await age("12 s");
    expect(await renewLiveness(ctx(), [quiet.id, agentId])).toEqual([]);
    expect(await standing()).toMatchObject({ left: 15, seen: 0, socket: 0 });
    await age("16 s");
    await expireOnline(ctx(), 100);
    expect(await renewLiveness(ctx(), [quiet.id, agentId])).toEqual([agentId]);
    await run(`UPDATE agent_liveness SET online_until = now() + interval '1 hour' WHERE agent_id = ${agentId}`);
    await renewLiveness(ctx(), [agentId]);
    expect(await standing()).toMatchObject({ left: 3600 });
    await set("offline");
    expect(await renewLiveness(ctx(), [agentId])).toEqual([]);
  });

  test("by calls is a sign of life, and keeps online who is so by a call", async () => {
    await set("online");
    await age("20 minutes");
    await recordSightings(ctx(), { userIds: [agentId, 999_999], leaseMinutes: 30 });
    expect(await standing()).toMatchObject({ left: 1800, seen: 0, socket: null });
    await recordSightings(ctx(), { userIds: [agentId], leaseMinutes: 0 });
    expect((await standing()).left).toBeGreaterThan(99 * 365 * 86_400);
  });

  test("by calls does not keep online who is so by a socket", async () => {
    await agentConnected(ctx(), agentId);
    await age("10 s");
    await recordSightings(ctx(), { userIds: [agentId], leaseMinutes: 30 });
    expect(await standing()).toMatchObject({ left: 5, seen: 0, socket: 10 });
  });
});

describe("the call", () => {
  test("says what changed, and asks for the push when it came online", async () => {
    expect(await set("online")).toEqual({ agentId, ...online });
    expect(await standing()).toMatchObject({ availability: "online", by: "call", left: 1800 });
    expect(await freed()).toEqual([roomFreed()]);
    expect(await set("online")).toBeNull();
    expect(await set("away")).toMatchObject({ availability: "away" });
    expect(await set("offline")).toMatchObject({ availability: "offline" });
    expect(await set("offline")).toBeNull();
    expect(await freed()).toHaveLength(1);
  });

  test("brings back who said online and ran out", async () => {
    await set("online");
    await age("31 minutes");
    expect(await set("online")).toMatchObject(online);
    expect(await freed()).toHaveLength(2);
  });

  test("of a lease without end keeps an agent online", async () => {
    await set("online", 0);
    await age("10 years");
    expect(await expireOnline(ctx(), 100)).toEqual([]);
  });
});

describe("the end of online", () => {
  test("is found and told, for those alone that ran out", async () => {
    const other = await desk.agent();
    await agentConnected(ctx(), agentId);
    await agentConnected(ctx(), other.id);
    await age("16 s");
    expect(await expireOnline(ctx(), 100)).toEqual([{ agentId, availability: "offline", openTickets: 0 }]);
    expect(await standing()).toMatchObject({ availability: "offline", by: "system" });
    expect(await expireOnline(ctx(), 100)).toEqual([]);
  });

  test("also where nothing is known of its life; so many at a time", async () => {
    const others = [await desk.agent(), await desk.agent()];
    await run(`UPDATE agents SET availability = 'online' WHERE id IN (${others.map((agent) => agent.id).join()})`);
    expect(await expireOnline(ctx(), 1)).toMatchObject([{ agentId: others[0]?.id }]);
    expect(await expireOnline(ctx(), 1)).toMatchObject([{ agentId: others[1]?.id }]);
  });

  test("is not for who is renewed while it is looked at", async () => {
    await set("online");
    await age("31 minutes");
    const renewing = await database.db.pool.connect();
    await renewing.query("BEGIN");
    await renewing.query(
      `UPDATE agent_liveness SET online_until = now() + interval '30 minutes' WHERE agent_id = ${agentId}`,
    );
    const expiring = expireOnline(ctx(), 100);
    await waitsForLock("%agent_liveness%");
    await renewing.query("COMMIT");
    renewing.release();
    expect(await expiring).toEqual([]);
    expect(await standing()).toMatchObject({ availability: "online", by: "call" });
  });
});

async function waitsForLock(like: string): Promise<void> {
  await until(async () => {
    const { rows } = await database.db.pool.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1",
      [like],
    );
    return rows.length > 0;
  }, "a lock to be waited for");
}
