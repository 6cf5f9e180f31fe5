import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { transferTicket } from "../../../src/commands/transfer-ticket.js";
import { updateAgent } from "../../../src/commands/update-agent.js";
import type { SequencedEvent } from "../../../src/contract/events.js";
import { readQueuesOf } from "../../../src/db/queries/in-sight.js";
import { AgentSights } from "../../../src/realtime/agent-sights.js";
import { databaseLog } from "../../../src/realtime/event-log.js";
import { admin, type Desk, openDesk } from "../../support/desk.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { bitten } from "./event-writer.js";
import { RawClient, type RawFrame } from "./raw-client.js";
import { startRelay, type TestRelay, tokenFor } from "./relay-fixture.js";
import { transportDrivers } from "./transport-drivers.js";

describe.each(transportDrivers)("AGENT_VISIBILITY on %s", (_name, openTransport) => {
  let database: TestDatabase;
  let desk: Desk;
  let queues: TestRelay;
  let own: TestRelay;
  const sights: AgentSights[] = [];
  const clients: RawClient[] = [];

  async function relayIn(mode: "queues" | "own"): Promise<TestRelay> {
    const readQueues = (ids: readonly number[]) => readQueuesOf(database.db.kysely, ids);
    const kept = new AgentSights({ readQueues, mode, logger: silentLogger, everyMs: 50 });
    await kept.start();
    sights.push(kept);
    const given = { sights: kept, log: databaseLog(database.db, true), limits: { skipAfterMs: 40 } };
    return startRelay(database.db, openTransport, given);
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    desk = await openDesk(database.db);
    [queues, own] = [await relayIn("queues"), await relayIn("own")];
  });
  afterAll(async () => {
    for (const client of clients) client.socket.terminate();
    await Promise.all([queues.relay.stop(), own.relay.stop()]);
    for (const kept of sights) await kept.stop();
    await desk.close();
    await database.drop();
  });

  async function agentOf(...served: string[]) {
    const agent = await desk.agent();
    const rows = served.map((queue) => ({ agent_id: agent.id, queue }));
    if (rows.length > 0) await database.db.kysely.insertInto("agent_queues").values(rows).execute();
    return agent;
  }

  async function connect(relay: TestRelay, agentId: number, query = ""): Promise<RawClient> {
    const client = new RawClient(`${relay.url}/ws/agents/?token=${await tokenFor(agentId, "agent")}${query}`);
    clients.push(client);
    await client.opened();
    await until(() => client.texts.length > 0, "hello");
    return client;
  }

  /** What was written goes into the log, and from there to both relays. */
  async function flow(): Promise<SequencedEvent[]> {
    const events = await bitten(database.db);
    for (const { relay } of [queues, own]) relay.onEvents(events);
    return events;
  }

  async function waiting(queue: string): Promise<number> {
    const id = await desk.message();
    await database.db.kysely.updateTable("tickets").set({ queue }).where("id", "=", id).execute();
    return id;
  }

  const headOf = (events: readonly SequencedEvent[]) =>
    Math.max(0, ...events.filter(({ stream }) => stream === "agents").map(({ pos }) => pos));
  const placeOf = (frame: RawFrame | undefined) => Number(frame?.to ?? frame?.pos);
  const untilAt = (client: RawClient, pos: number) =>
    until(() => placeOf(client.frames.slice(1).at(-1)) === pos, `a client at ${pos}`);
  const short = (frames: RawFrame[]) =>
    frames.map(({ type, message_id: id, reason }) => [type, id, reason].filter((part) => part !== undefined).join(" "));

  it("shows live what is seen, skips the rest, and sends the same from the ring and from the log", async () => {
    const [mine, other] = [await agentOf("loans"), await agentOf("general")];
    const live = await connect(queues, mine.id);
    const held = await connect(own, mine.id);
    const [start] = live.frames;
    const since = `&since=${start?.pos}&epoch=${start?.epoch}`;
    const [a, b, c] = [await waiting("loans"), await waiting("general"), await waiting("general")];
    await claimTicket(desk.as(mine), { ticketId: a, agentId: mine.id });
    await claimTicket(desk.as(other), { ticketId: b, agentId: other.id });
    await claimTicket(desk.as(admin), { ticketId: c, agentId: mine.id });
    await transferTicket(desk.as(mine), { ticketId: c, toAgentId: other.id });
    await transferTicket(desk.as(mine), { ticketId: a, toAgentId: other.id });
    await claimTicket(desk.as(other), { ticketId: await waiting("general"), agentId: other.id });
    const head = headOf(await flow());
    await untilAt(live, head);
    await untilAt(held, head);
    const seen = ["skip", `message_update ${a} claim`, "skip", `message_update ${c} claim`];
    const gone = `message_deleted ${c} out_of_sight`;
    expect(short(live.frames.slice(1))).toEqual([...seen, gone, `message_update ${a} transfer`, "skip"]);
    expect(short(held.frames.slice(1))).toEqual([...seen, gone, `message_deleted ${a} out_of_sight`, "skip"]);
    expect(live.frames.find((frame) => frame.reason === "out_of_sight")).not.toHaveProperty("assigned_to");

    const fromRing = await connect(queues, mine.id, since);
    await untilAt(fromRing, head);
    queues.relay.forget(null);
    const fromLog = await connect(queues, mine.id, since);
    await untilAt(fromLog, head);
    for (const replayed of [fromRing, fromLog]) expect(replayed.texts.slice(1)).toEqual(live.texts.slice(1));
  });

  it("shows all to an agent that serves all queues, and to an admin", async () => {
    const all = await agentOf();
    const client = await connect(queues, all.id);
    const { rows } = await database.db.pool.query<{ epoch: string }>("SELECT epoch FROM system");
    expect(client.frames[0]?.epoch).toBe(rows[0]?.epoch);
    const id = await waiting("disputes");
    await untilAt(client, headOf(await flow()));
    expect(short(client.frames.slice(1))).toEqual([`message_new ${id}`]);
  });

  it("follows a change of an agent's queues at once, and has the client start over", async () => {
    const mine = await agentOf("loans");
    const client = await connect(queues, mine.id);
    const [hello] = client.frames;
    await updateAgent(desk.as(admin), { agentId: mine.id, queues: ["credit"] });
    await flow();
    await until(() => client.frames.some(({ type }) => type === "resync_required"), "the resync");
    const resync = client.frames.at(-1);
    expect(resync).toMatchObject({ type: "resync_required", pos: hello?.pos });
    expect(resync?.epoch).not.toBe(hello?.epoch);
    const kept = await waiting("credit");
    await claimTicket(desk.as(admin), { ticketId: kept, agentId: (await agentOf()).id });
    await untilAt(client, headOf(await flow()));
    expect(short(client.frames.slice(2))).toEqual(["skip", `message_update ${kept} claim`]);
    const away = await connect(queues, mine.id, `&since=${hello?.pos}&epoch=${hello?.epoch}`);
    await until(() => away.texts.length === 2, "an answer to who comes back with the old epoch");
    expect(away.frames[1]?.type).toBe("resync_required");
  });

  it("follows what no event tells within the time of its look", async () => {
    const mine = await agentOf("loans");
    const client = await connect(queues, mine.id);
    await database.db.kysely.deleteFrom("agent_queues").where("agent_id", "=", mine.id).execute();
    await until(() => client.frames.at(-1)?.type === "resync_required", "the resync");
  });

  it("shows presence on a ticket to who sees the ticket", async () => {
    const mine = await agentOf("loans");
    const client = await connect(queues, mine.id);
    const frame = { type: "ticket_presence", message_id: 1, agent_id: 2, state: "typing", assigned_to: null };
    for (const queue of ["general", "loans"]) {
      queues.relay.onEphemeral({ stream: "agents", frame: { ...frame, queue } });
    }
    await until(() => client.texts.length === 2, "one presence");
    expect(client.frames[1]).toMatchObject({ ...frame, queue: "loans", stream: "agents" });
  });
});
