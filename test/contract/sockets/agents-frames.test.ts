import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databaseLog } from "../../../src/realtime/event-log.js";
import { forgetEvents, writeEvents } from "../../integration/realtime/event-writer.js";
import { RawClient, type RawFrame } from "../../integration/realtime/raw-client.js";
import { makeUser, startRelay, type TestRelay } from "../../integration/realtime/relay-fixture.js";
import { transportDrivers } from "../../integration/realtime/transport-drivers.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

/** The frames of a batch one by one; a batch in a batch would stay as it is. */
const unpacked = (frames: readonly RawFrame[]): RawFrame[] =>
  frames.flatMap((frame) => (frame.type === "batch" ? (frame.frames as RawFrame[]) : [frame]));

/** The positions that frames tell of, skipped or not. */
const told = (frames: readonly RawFrame[]): number[] =>
  unpacked(frames)
    .filter(({ type }) => type !== "hello" && type !== "resync_required")
    .flatMap(({ type, pos, from, to }) =>
      type === "skip"
        ? Array.from({ length: Number(to) - Number(from) + 1 }, (_, n) => Number(from) + n)
        : [Number(pos)],
    );
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe.each(transportDrivers)("frames on /ws/agents/ on %s", (_name, open) => {
  let database: TestDatabase;
  let running: TestRelay;
  let token: string;
  let epoch: string;
  const clients: RawClient[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ token } = await makeUser(database.db, "agent"));
    const { rows } = await database.db.pool.query<{ epoch: string }>("SELECT epoch FROM system");
    epoch = rows[0]?.epoch ?? "";
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await database.db.pool.query("TRUNCATE events, streams; UPDATE sequencer SET last_seq = 0");
    running = await startRelay(database.db, open);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await running.relay.stop();
  });

  async function connect(query: string): Promise<RawClient> {
    const client = new RawClient(`${running.url}/ws/agents/?token=${token}${query}`);
    clients.push(client);
    await client.opened();
    await until(() => client.texts.length > 0, "hello");
    return client;
  }
  const ends = (client: RawClient, pos: number) =>
    until(() => told(client.frames).at(-1) === pos, `what comes up to ${pos}`);

  describe("batch", () => {
    it("holds what is replayed and what comes at once; one alone comes as it is; each frame is as without it", async () => {
      await writeEvents(database.db, 1200);
      const batched = await connect("&since=10&batch=1");
      const plain = await connect("&since=10");
      await Promise.all([ends(batched, 1200), ends(plain, 1200)]);
      running.relay.onEvents(await writeEvents(database.db, 300));
      running.relay.onEvents(await writeEvents(database.db, 1));
      await Promise.all([ends(batched, 1501), ends(plain, 1501)]);
      expect(batched.frames.at(-1)).toMatchObject({ type: "message_new", pos: 1501 });
      expect(plain.frames.filter(({ type }) => type === "batch")).toEqual([]);
      expect(batched.texts.length).toBeLessThan(40);
      expect(told(batched.frames)).toEqual(upTo(11, 1501));
      expect(unpacked(batched.frames)).toEqual(plain.frames);
    });

    it("is for those who ask for it only", async () => {
      await writeEvents(database.db, 20);
      const client = await connect("&since=0&batch=0");
      await ends(client, 20);
      running.relay.onEvents(await writeEvents(database.db, 20));
      await ends(client, 40);
      expect(client.frames.filter(({ type }) => type === "batch")).toEqual([]);
    });

    it("comes after resume too, and frames without a position come to it as well", async () => {
      await writeEvents(database.db, 30);
      const client = await connect("&batch=1");
      client.send({ type: "resume", since: 5, epoch });
      await ends(client, 30);
      running.relay.onEphemeral({ stream: "agents", frame: { type: "agent_presence", agent_id: 1 } });
      await until(() => client.frames.at(-1)?.type === "agent_presence", "the frame without a position");
      expect(told(client.frames).slice(0, -1)).toEqual(upTo(6, 30));
    });
  });

  describe("batch with skip", () => {
    beforeEach(async () => {
      await running.relay.stop();
      const log = databaseLog(database.db, true);
      const sight = { kind: "queues" as const, agentId: 1, queues: ["seen"] };
      const sights = { read: async () => sight, watch: () => () => undefined, onEvents: () => undefined };
      running = await startRelay(database.db, open, { log, sights });
    });

    it("skips in it what its reader may not see, in the replay and live", async () => {
      const write = async (count: number) => {
        const events = await writeEvents(database.db, count);
        const queue = (pos: number) => (pos % 5 < 2 ? "seen" : "hidden");
        await database.db.pool.query(
          "UPDATE events SET payload = payload || jsonb_build_object('queue', CASE WHEN pos % 5 < 2 THEN 'seen' ELSE 'hidden' END)",
        );
        return events.map((event) => ({ ...event, payload: { ...event.payload, queue: queue(event.pos) } }));
      };
      await write(50);
      const client = await connect("&since=0&batch=1");
      await ends(client, 50);
      running.relay.onEvents(await write(51));
      await ends(client, 101);
      expect(told(client.frames)).toEqual(upTo(1, 101));
      const batches = client.frames.filter(({ type }) => type === "batch");
      expect(batches.length).toBeGreaterThan(1);
      for (const { frames } of batches) expect((frames as RawFrame[]).some(({ type }) => type === "skip")).toBe(true);
      const seen = unpacked(client.frames).filter(({ type }) => type === "message_new");
      expect(seen.map(({ pos }) => Number(pos) % 5).filter((rest) => rest >= 2)).toEqual([]);
      expect(seen).toHaveLength(41);
    });
  });

  describe("resume", () => {
    it("without an epoch goes on from its position, by the query and by the frame", async () => {
      await writeEvents(database.db, 9);
      const client = await connect("&since=4");
      await ends(client, 9);
      client.send({ type: "resume", since: 7 });
      await until(() => told(client.frames).length === 7, "the second replay");
      expect(told(client.frames)).toEqual([5, 6, 7, 8, 9, 8, 9]);
    });

    it.each([
      ["older than what is kept", "&since=1"],
      ["another epoch", "&since=8&epoch=another"],
      ["above the head", "&since=10"],
      ["no position", "&since=x"],
    ])("%s: resync_required with epoch and oldest, then live from the head", async (_what, query) => {
      await writeEvents(database.db, 9);
      await forgetEvents(database.db, 5);
      const client = await connect(query);
      const resync = await until(() => client.frames.find(({ type }) => type === "resync_required"), "the resync");
      expect(resync).toEqual({ type: "resync_required", epoch, oldest: 6, stream: "agents", pos: 9 });
      running.relay.onEvents(await writeEvents(database.db, 1));
      await ends(client, 10);
      expect(told(client.frames)).toEqual([10]);
    });
  });

  describe("4400", () => {
    it("closes a frame of more than 64 KiB", async () => {
      const client = await connect("");
      client.send({ type: "ping", more: "x".repeat(64 * 1024) });
      expect(await until(() => client.closed, "the close")).toEqual({
        code: 4400,
        reason: "a frame has at most 65536 bytes",
      });
    });
  });
});
