import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bus, BusHandlers } from "../../../src/bus/bus.js";
import { Follower } from "../../../src/bus/follower.js";
import type { SequencedEvent } from "../../../src/contract/events.js";
import { append, eventAt } from "../../support/event-log.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());

/** A bus whose news the test hands out itself: it loses, repeats and reorders as it is told. */
function fakeBus(): { bus: Bus; tell: BusHandlers } {
  const tell: BusHandlers = {};
  const nothing = async () => undefined;
  const bus: Bus = {
    driver: "redis",
    publishEvents: nothing,
    publishHead: nothing,
    wake: () => undefined,
    publishEphemeral: nothing,
    publishControl: nothing,
    subscribe: async (handlers) => {
      Object.assign(tell, handlers);
      return nothing;
    },
    ping: nothing,
    close: nothing,
  };
  return { bus, tell };
}

async function following(headTimeoutMs?: number, refuse: (events: SequencedEvent[]) => boolean = () => false) {
  const { bus, tell } = fakeBus();
  const got: SequencedEvent[] = [];
  const follower = new Follower({
    bus,
    db: test_.db,
    logger: silentLogger,
    onEvents: (events) => {
      if (refuse(events)) throw new Error("cannot take them now");
      got.push(...events);
    },
    ...(headTimeoutMs === undefined ? {} : { headTimeoutMs }),
  });
  await follower.start();
  return { follower, tell, got, from: follower.seq };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("whatever the bus loses, repeats or swaps, the follower's log is the log", async () => {
  const batches = fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 20 }),
      fate: fc.constantFrom("told", "lost", "twice", "late", "head"),
    }),
    { minLength: 1, maxLength: 15 },
  );
  await fc.assert(
    fc.asyncProperty(batches, async (plan) => {
      const { follower, tell, got, from } = await following();
      let seq = from;
      const late: SequencedEvent[][] = [];
      for (const { size, fate } of plan) {
        const events = range(seq + 1, seq + size).map(eventAt);
        seq += size;
        await append(test_.db, events);
        if (fate === "told" || fate === "twice") tell.onEvents?.(events);
        if (fate === "twice") tell.onEvents?.(events);
        if (fate === "late") late.push(events);
        if (fate === "head") tell.onHead?.(seq);
      }
      for (const events of late.reverse()) tell.onEvents?.(events);
      tell.onHead?.(seq);
      await until(() => follower.seq === seq, "the follower to be there");
      await follower.stop();
      expect(got.map((event) => event.seq)).toEqual(range(from + 1, seq));
    }),
    { numRuns: 30 },
  );
});

test("a bus that has fallen silent is no reason to miss anything", async () => {
  const { follower, got, from } = await following(0);
  await append(test_.db, range(from + 1, from + 3).map(eventAt));
  await until(() => got.length === 3, "the events, without any news");
  await follower.stop();
});

test("after the bus came back it looks at once", async () => {
  const { follower, tell, got, from } = await following();
  tell.onConnection?.(false);
  expect(follower.connected).toBe(false);
  await append(test_.db, range(from + 1, from + 1200).map(eventAt));
  tell.onConnection?.(true);
  await until(() => got.length === 1200, "three pages of events");
  expect(got.map((event) => event.seq)).toEqual(range(from + 1, from + 1200));
  await follower.stop();
});

test("after the bus came back it says so: orders may have been lost; the first connection is none", async () => {
  const { bus, tell } = fakeBus();
  let reconnects = 0;
  const onReconnect = () => reconnects++;
  const follower = new Follower({ bus, db: test_.db, logger: silentLogger, onEvents: () => undefined, onReconnect });
  const started = follower.start();
  tell.onConnection?.(true);
  await started;
  expect(reconnects).toBe(0);
  tell.onConnection?.(false);
  expect(reconnects).toBe(0);
  tell.onConnection?.(true);
  expect(reconnects).toBe(1);
  await follower.stop();
});

test("what was published before it started is not told again", async () => {
  await append(test_.db, range(1_000_001, 1_000_005).map(eventAt));
  const { follower, tell, got, from } = await following();
  expect(from).toBe(1_000_005);
  tell.onEvents?.(range(1_000_003, 1_000_005).map(eventAt));
  await append(test_.db, [eventAt(1_000_006)]);
  tell.onEvents?.([eventAt(1_000_006)]);
  expect(got.map((event) => event.seq)).toEqual([1_000_006]);
  await follower.stop();
});

test.each(["told", "read from the log"])(
  "events that its listener throws at when they are %s come again",
  async (how) => {
    let refusals = 2;
    const { follower, tell, got, from } = await following(undefined, () => refusals-- > 0);
    const events = range(from + 1, from + 3).map(eventAt);
    await append(test_.db, events);
    if (how === "told") tell.onEvents?.(events);
    else tell.onHead?.(from + 3);
    await until(() => got.length === 3, "the events");
    await append(test_.db, [eventAt(from + 4)]);
    tell.onEvents?.([eventAt(from + 4)]);
    await until(() => got.length === 4, "the next one");
    expect(got.map((event) => event.seq)).toEqual(range(from + 1, from + 4));
    await follower.stop();
  },
);
