import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Bus } from "../../../src/bus/bus.js";
import { Sequencer } from "../../../src/queue/sequencer.js";
import { faultsOf, say } from "../../support/event-log.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

const script = fileURLToPath(new URL("./silent-leader.mjs", import.meta.url));
/** DESIGN.md 5 promises 2 s; the rest is for a machine that runs other tests beside this one. */
const takeoverMs = 5000;

let database: TestDatabase;
let child: ChildProcess | null = null;
const running: Sequencer[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  child?.kill("SIGKILL");
  child = null;
  for (const sequencer of running.splice(0)) await sequencer.stop();
  await database.drop();
});

/** A leader in a process of its own, and what it told. */
async function leaderApart() {
  const told = { leads: [] as boolean[], published: [] as number[] };
  const process = fork(script, [JSON.stringify({ databaseUrl: database.url })], { serialization: "json" });
  child = process;
  process.on("message", (message: { leads?: boolean; published?: number[] }) => {
    if (message.leads !== undefined) told.leads.push(message.leads);
    if (message.published) told.published.push(...message.published);
  });
  await until(() => told.leads.at(-1) === true, "the other process to lead", 20_000);
  return { process, told };
}

function follower() {
  const published: number[] = [];
  const nothing = async () => undefined;
  const bus: Bus = {
    driver: "redis",
    publishEvents: async (events) => void published.push(...events.map((event) => event.seq)),
    publishHead: nothing,
    wake: () => undefined,
    publishEphemeral: nothing,
    publishControl: nothing,
    subscribe: async () => nothing,
    ping: nothing,
    close: nothing,
  };
  const sequencer = new Sequencer({
    databaseUrl: database.url,
    bus,
    producer: { enqueue: nothing, close: nothing },
    logger: silentLogger,
    name: "second",
  });
  running.push(sequencer);
  return { sequencer, published };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("a leader that is stopped is followed by another, and writes nothing when it goes on", async () => {
  const { process, told } = await leaderApart();
  await say(database.db, "agents", 10);
  await until(() => told.published.length === 10, "the first ten");
  const second = follower();
  await second.sequencer.start();

  process.kill("SIGSTOP");
  await say(database.db, "agents", 10);
  await until(() => second.sequencer.isLeader, "the second to lead", takeoverMs);
  await until(() => new Set(second.published.filter((seq) => seq > 10)).size === 10, "what came meanwhile");

  process.kill("SIGCONT");
  await until(() => told.leads.at(-1) === false, "the first to see that it lost", takeoverMs);
  await say(database.db, "agents", 10);
  await until(() => new Set(second.published.filter((seq) => seq > 10)).size === 20, "the last ten");
  expect(second.sequencer.isLeader).toBe(true);
  expect(told.leads).toEqual([true, false]);
  expect(told.published).toEqual(range(1, 10));
  expect(await faultsOf(database.db)).toEqual([]);
});
