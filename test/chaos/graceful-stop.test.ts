import pg from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { LiveClient } from "../../src/console/live/live-client.js";
import { loadConfig } from "../../src/runtime/config.js";
import { type RunningSystem, startRunningSystem } from "../support/running-system.js";
import { clientSocket } from "../support/socket-factory.js";
import { until } from "../support/until.js";
import { type KeepAliveLoad, startKeepAliveLoad } from "./keep-alive-load.js";
import { stores } from "./stores.js";

let system: RunningSystem | null = null;
let load: KeepAliveLoad | null = null;
const clients: LiveClient[] = [];
afterEach(async () => {
  await load?.stop();
  for (const client of clients.splice(0)) client.close();
  await system?.stop();
  load = system = null;
}, 60_000);

/** A watcher from the first event on: what it was told of, and at which positions. */
function watch(url: string): { told: Set<number>; positions: number[]; closes: { code: number; reason: string }[] } {
  const seen = { told: new Set<number>(), positions: [] as number[], closes: [] as { code: number; reason: string }[] };
  const client = new LiveClient({
    socket: clientSocket,
    onFrame: (frame) => {
      if (frame.type === "message_new") seen.told.add(Number(frame.message_id));
      if (typeof frame.pos === "number") seen.positions.push(frame.pos);
    },
    onState: (_, close) => {
      if (close) seen.closes.push(close);
    },
  });
  client.connect(url, { since: 0 });
  clients.push(client);
  return seen;
}

/** Nothing of what was answered is lost: it is scored, routed, and the watcher was told of it, once, in order. */
async function expectNothingLost(running: RunningSystem, ids: readonly number[], seen: ReturnType<typeof watch>) {
  const desk = new pg.Client({ connectionString: loadConfig(running.env).databaseUrl });
  await desk.connect();
  const done = async () => {
    const { rows } = await desk.query<{ n: string }>(
      "SELECT count(*) AS n FROM tickets WHERE id = ANY($1) AND scored_at IS NOT NULL AND routed_at IS NOT NULL",
      [ids],
    );
    return Number(rows[0]?.n) === ids.length;
  };
  try {
    await until(done, "all of it to be scored and routed", 60_000);
    await until(() => ids.every((id) => seen.told.has(id)), "all of it to be told", 30_000);
    expect(seen.positions).toEqual(seen.positions.map((_, index) => index + 1));
  } finally {
    await desk.end();
  }
}

describe.each(stores)("on $name", ({ env }) => {
  test("SIGTERM of each process under load: it drains, and nothing is lost", { timeout: 240_000 }, async () => {
    system = await startRunningSystem({ args: ["--no-demo"], env });
    const running = system;
    const seen = watch(`ws://127.0.0.1:${running.env.RELAY_PORT}/ws/agents/`);
    load = startKeepAliveLoad(running.api, 8);
    const under = load;
    await until(() => under.acked.length > 50, "messages to come in");
    for (const part of ["worker", "relay", "api"]) {
      const [pid] = running.pids(part);
      expect(pid, part).toBeDefined();
      process.kill(Number(pid), "SIGTERM");
      await until(() => !running.pids(part).includes(Number(pid)), `${part} to have stopped`, 10_000);
      await until(() => running.pids(part).length > 0, `${part} to be back`, 20_000);
      const before = under.acked.length;
      await until(() => under.acked.length > before + 50, `messages after ${part}`, 30_000);
    }
    await under.stop();
    expect(running.output()).not.toContain("drain took too long");
    // While nobody listens a new connection is refused; what was taken is never cut off, nor answered 503.
    expect(Object.keys(under.failed).filter((what) => !/^ECONN(REFUSED|RESET) fresh$/.test(what))).toEqual([]);
    expect(seen.closes.map(({ code }) => code)).toContain(1012);
    await expectNothingLost(running, under.acked, seen);
  });
});

test("a rolling restart of every process under load drops no request", { timeout: 300_000 }, async () => {
  system = await startRunningSystem({ args: ["--no-demo"], env: { WEB_CONCURRENCY: "2" } });
  const running = system;
  const seen = watch(running.socket);
  load = startKeepAliveLoad(running.api, 16);
  const under = load;
  await until(() => under.acked.length > 50, "messages to come in");
  const apis = running.pids("api");
  // The primary is older than those that it started.
  const [primary, ...processes] = apis.sort((a, b) => a - b);
  expect(processes.length).toBe(2);
  for (const part of ["worker", "relay"]) {
    for (const pid of running.pids(part)) process.kill(pid, "SIGTERM");
    await until(() => running.pids(part).length === 0, `${part} to have stopped`, 10_000);
    await until(() => running.pids(part).length > 0, `${part} to be back`, 20_000);
  }
  for (let round = 0; round < 2; round++) {
    const before = running.pids("api").filter((pid) => pid !== primary);
    process.kill(Number(primary), "SIGHUP");
    const replaced = () => running.pids("api").every((pid) => !before.includes(pid));
    await until(replaced, "all API processes to be replaced", 60_000);
    const acked = under.acked.length;
    await until(() => under.acked.length > acked + 100, "messages on the new ones", 30_000);
  }
  await under.stop();
  expect(under.failed).toEqual({});
  expect(under.acked.length).toBeGreaterThan(300);
  await expectNothingLost(running, under.acked, seen);
});
