import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import {
  type Bus,
  type BusHandlers,
  type ControlMessage,
  type EphemeralFrame,
  forgetStreams,
} from "../../../src/bus/bus.js";
import { openBus } from "../../../src/bus/open-bus.js";
import type { SequencedEvent } from "../../../src/contract/events.js";
import { eventAt } from "../../support/event-log.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());

/** A driver with a store that the test can take away and bring back. */
interface Driver {
  name: "redis" | "postgres";
  open(prefix: string): Promise<Bus>;
  setUp(): Promise<void>;
  away(): Promise<void>;
  back(): Promise<void>;
  tearDown(): Promise<void>;
}

const common = (prefix: string) => ({
  databaseUrl: test_.url,
  db: test_.db,
  name: "bus-test",
  logger: silentLogger,
  prefix,
});

let own: OwnRedis;
const drivers: Driver[] = [
  {
    name: "redis",
    open: (prefix) => openBus({ ...common(prefix), redisUrl: own.url }),
    setUp: async () => {
      own = await startOwnRedis();
    },
    away: () => own.kill(),
    back: () => own.restart(),
    tearDown: () => own.close(),
  },
  {
    name: "postgres",
    open: (prefix) => openBus({ ...common(prefix), redisUrl: null }),
    setUp: async () => undefined,
    away: async () => {
      await test_.db.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'bus-test-listen'",
      );
    },
    back: async () => undefined,
    tearDown: async () => undefined,
  },
];

const isRedisSkipped = inject("redisUrl") === null || !hasRedisServer;
if (isRedisSkipped) console.warn("bus conformance: NO REDIS HERE, its driver is not tested");

for (const driver of drivers) {
  describe.skipIf(driver.name === "redis" && isRedisSkipped)(`the ${driver.name} bus`, () => {
    const open: Bus[] = [];
    const opened = async (prefix = `t${randomBytes(4).toString("hex")}`) => {
      const bus = await driver.open(prefix);
      open.push(bus);
      return bus;
    };
    beforeAll(() => driver.setUp());
    afterEach(async () => {
      for (const bus of open.splice(0)) await bus.close();
    });
    afterAll(() => driver.tearDown());

    async function pair(handlers: BusHandlers): Promise<Bus> {
      const prefix = `t${randomBytes(4).toString("hex")}`;
      const [from, to] = [await opened(prefix), await opened(prefix)];
      await to.subscribe(handlers);
      await until(
        () =>
          from.ping(1000).then(
            () => true,
            () => false,
          ),
        "the bus to answer",
      );
      return from;
    }

    test("carries events in order, whole or as the head", async () => {
      const events: SequencedEvent[] = [];
      const heads: number[] = [];
      const bus = await pair({ onEvents: (batch) => events.push(...batch), onHead: (seq) => heads.push(seq) });
      for (let seq = 1; seq <= 50; seq += 5) {
        await bus.publishEvents(Array.from({ length: 5 }, (_, index) => eventAt(seq + index)));
      }
      if (bus.driver === "redis") {
        await until(() => events.length === 50, "50 events");
        expect(events).toEqual(Array.from({ length: 50 }, (_, index) => eventAt(index + 1)));
      } else {
        await until(() => heads.at(-1) === 50, "the head");
        expect(heads).toEqual([...heads].sort((left, right) => left - right));
      }
      await bus.publishHead(77);
      await until(() => heads.includes(77), "a head of its own");
    });

    test("carries frames, orders and hints to those who listen for them", async () => {
      const frames: EphemeralFrame[] = [];
      const orders: ControlMessage[] = [];
      let woken = 0;
      const bus = await pair({
        onEphemeral: (frame) => frames.push(frame),
        onControl: (message) => orders.push(message),
        onWake: () => woken++,
      });
      const frame = { stream: "agents", frame: { type: "ticket_presence", name: 'Zoë 🙂 "quoted"\n' } };
      await bus.publishEphemeral(frame);
      await bus.publishControl({ kind: "close_user", userId: 7, code: 4401, reason: "signed out" });
      for (let index = 0; index < 500; index++) bus.wake();
      await until(() => frames.length === 1 && orders.length === 1 && woken > 0, "all three");
      expect(frames).toEqual([frame]);
      expect(orders).toEqual([{ kind: "close_user", userId: 7, code: 4401, reason: "signed out" }]);
      expect(woken).toBeLessThanOrEqual(3);
    });

    test("carries the order to forget streams, however many they are", async () => {
      const orders: ControlMessage[] = [];
      const bus = await pair({ onControl: (message) => orders.push(message) });
      const named = (count: number) =>
        Array.from({ length: count }, (_, index) => `conversation:${Number.MAX_SAFE_INTEGER - index}`);
      await bus.publishControl(forgetStreams(["agents"]));
      await bus.publishControl(forgetStreams(named(150)));
      await bus.publishControl(forgetStreams(named(50_000)));
      await until(() => orders.length === 3, "all three");
      expect(orders).toEqual([
        { kind: "forget_streams", streams: ["agents"] },
        { kind: "forget_streams", streams: named(150) },
        { kind: "forget_streams", streams: null },
      ]);
    });

    test("refuses a frame that not every driver could carry", async () => {
      const bus = await pair({ onEphemeral: () => undefined });
      const large = { stream: "agents", frame: { type: "typing", name: "x".repeat(7000) } };
      await expect(bus.publishEphemeral(large)).rejects.toThrow(RangeError);
    });

    test("stops telling a listener that left", async () => {
      const heads: number[] = [];
      const bus = await opened();
      const leave = await bus.subscribe({ onHead: (seq) => heads.push(seq) });
      const others: number[] = [];
      await bus.subscribe({ onHead: (seq) => others.push(seq) });
      await until(
        () =>
          bus.ping(1000).then(
            () => true,
            () => false,
          ),
        "the bus to answer",
      );
      await leave();
      await bus.publishHead(5);
      await until(() => others.length === 1, "the one that stayed");
      expect(heads).toEqual([]);
    });

    test("says when its store was away, and goes on by itself", async () => {
      const connections: boolean[] = [];
      const heads: number[] = [];
      const bus = await pair({
        onConnection: (connected) => connections.push(connected),
        onHead: (seq) => heads.push(seq),
      });
      connections.length = 0;
      await driver.away();
      await until(() => connections[0] === false, "the loss to be noticed");
      await driver.back();
      await until(() => connections.at(-1) === true, "the connection to be back");
      await until(
        () =>
          bus.publishHead(9).then(
            () => true,
            () => false,
          ),
        "a publish that is taken",
      );
      await until(() => heads.includes(9), "news after it");
    });
  });
}
