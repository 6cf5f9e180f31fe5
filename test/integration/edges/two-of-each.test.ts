import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LiveClient } from "../../../src/console/live/live-client.js";
import type { ServerFrame } from "../../../src/console/live/stream-log.js";
import { type clientSocket, RawSocket } from "../../support/socket-factory.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { makeConversation } from "../realtime/chat-desk.js";
import { RawClient } from "../realtime/raw-client.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";
import { type DeskProcess, deskProcesses, deskTokens } from "./desk-processes.js";

describe.skipIf(!hasRedisServer)("two relays and two workers", () => {
  let database: TestDatabase;
  let redis: OwnRedis;
  let desk: ReturnType<typeof deskProcesses>;
  let relays: DeskProcess[];
  let first: DeskProcess;

  beforeAll(async () => {
    database = await createTestDatabase();
    redis = await startOwnRedis();
    desk = deskProcesses({ databaseUrl: database.url, redisUrl: redis.url });
    first = await desk.start("worker");
    await until(() => first.log().includes("sequencer: leads"), "the first worker to lead", 20_000);
    relays = [await desk.start("relay"), await desk.start("relay"), await desk.start("worker")].slice(0, 2);
  });
  afterAll(async () => {
    await desk.close();
    await redis.close();
    await database.drop();
  });

  async function user(role: "admin" | "customer"): Promise<{ id: number; token: string }> {
    const { id } = await database.db.kysely
      .insertInto("users")
      .values({ role, name: `The ${role}` })
      .returning("id")
      .executeTakeFirstOrThrow();
    return { id, token: await deskTokens.sign({ sub: id, role, name: "", tv: 0 }) };
  }

  const say = (from: number, count: number) =>
    database.db.pool.query(
      `INSERT INTO outbox (stream, type, payload)
       SELECT 'agents', 'message_update', jsonb_build_object('message_id', n, 'status', 'unassigned', 'version', 1)
       FROM generate_series($1::int, $2::int) n`,
      [from, from + count - 1],
    );

  it("somebody's three tabs are joined once and left once, also when the relay of two of them is killed", async () => {
    const [watcher, guest, lost] = [await user("customer"), await user("customer"), await user("customer")];
    const members = [watcher, guest, lost].map(({ id }) => ({ id, role: "member" as const }));
    const id = await makeConversation(database.db, "direct", members);
    const enter = async (relay: DeskProcess | undefined, token: string) => {
      const client = await new RawClient(`ws://127.0.0.1:${relay?.port}/ws/chat/${id}/?token=${token}`).opened();
      await until(() => client.texts.length > 0, "hello");
      return client;
    };
    const [killed, other] = relays;
    const watching = await enter(other, watcher.token);
    const about = (userId: number) =>
      watching.frames.filter(({ user_id }) => user_id === userId).map(({ type }) => type);
    const rows = async (userId: number) =>
      (await database.db.kysely.selectFrom("presence").select("relay_id").where("user_id", "=", userId).execute())
        .length;
    const tabs = [
      await enter(killed, guest.token),
      await enter(killed, guest.token),
      await enter(other, guest.token),
      await enter(killed, lost.token),
    ];
    for (const { id: userId } of [guest, lost]) await until(() => about(userId).length === 1, "who joined");
    await until(async () => (await rows(guest.id)) === 2 && (await rows(lost.id)) === 1, "the rows of both relays");
    await killed?.kill("SIGKILL");
    await until(() => tabs[0]?.closed && tabs[1]?.closed, "the tabs of the relay that was killed");
    // 15 s by the clock: the dead relay's rows run out. Who has a tab left has not left.
    await until(() => about(lost.id).length === 2, "who was at that relay only to have left", 40_000);
    await until(async () => (await rows(guest.id)) === 1, "the dead relay's row is gone", 40_000);
    expect(about(guest.id)).toEqual(["user_joined"]);
    expect(about(lost.id)).toEqual(["user_joined", "user_left"]);
    tabs[2]?.socket.close();
    await until(() => about(guest.id).length === 2, "the last tab to have left", 40_000);
    expect(about(guest.id)).toEqual(["user_joined", "user_left"]);
    watching.socket.terminate();
    relays[0] = await desk.start("relay", killed ? { port: killed.port } : {});
  });

  it("the leader and a relay are killed under load: another leads, and every client's log is the stream's", async () => {
    const { token } = await user("admin");
    let turn = 0;
    /** To the relays in turn, as a balancer would send it. */
    class Balanced extends RawSocket {
      constructor(url: string, protocols?: string[]) {
        super(url.replace(/:0\//, `:${relays[turn++ % relays.length]?.port}/`), protocols);
      }
    }
    const logs: ServerFrame[][] = [];
    const clients = Array.from({ length: 12 }, () => {
      const frames: ServerFrame[] = [];
      logs.push(frames);
      const client = new LiveClient({
        socket: Balanced as unknown as typeof clientSocket,
        ...{ poll: false as const, backoffMs: { min: 20, max: 200 } },
        onFrame: (frame) => typeof frame.pos === "number" && frames.push(frame),
      });
      client.connect("ws://127.0.0.1:0/ws/agents/", { token });
      return client;
    });
    await until(() => clients.every(({ state }) => state === "open"), "all clients", 20_000);
    const from = clients.map(({ pos }) => pos ?? 0);
    const total = 2000;
    const there = async () => {
      const { rows } = await database.db.pool.query<{ last: string }>(
        "SELECT coalesce((SELECT last_pos FROM streams WHERE stream = 'agents'), 0) AS last",
      );
      return Number(rows[0]?.last);
    };
    const began = await there();
    for (let said = 0; said < total; said += 20) {
      if (said === 600) await first.kill("SIGKILL");
      if (said === 1200) await relays[0]?.kill("SIGKILL");
      await say(said + 1, 20);
    }
    await until(async () => (await there()) === began + total, "another leader to take what was said", 20_000);
    await until(() => clients.every(({ pos }) => pos === began + total), "all clients at the head", 30_000);
    for (const [index, frames] of logs.entries()) {
      const start = from[index] ?? 0;
      expect(frames.map(({ pos }) => pos)).toEqual(
        Array.from({ length: began + total - start }, (_, n) => start + 1 + n),
      );
    }
    for (const client of clients) client.close();
  });
});
