import { randomBytes } from "node:crypto";
import { openDatabase } from "../../src/db/database.js";
import { loadConfig } from "../../src/runtime/config.js";
import { pause } from "../../src/runtime/deadline.js";
import { accessToken } from "../access-token.js";
import type { Desk } from "../desk.js";
import { Failure } from "../failure.js";
import { freePort, type OwnSystem, type Running, startNode } from "../own-system.js";
import { Probe, type ProbeCall } from "../verify/probe.js";
import { median } from "./load.js";
import type { BenchRow } from "./row.js";

const lanes = 16;
const rounds = 7;
const perSecond = 600;
const targetUs = 60;

/**
 * What authentication and policy cost of the API's CPU, seen from outside: one API process, alone, is asked the same path
 * in rounds that take turns.
 * - without: no token. The call is refused at the door (401).
 * - with: a customer's token on an admin's route. The token is checked, its user's state looked up, the policy asked, and
 *   the call refused by it (403).
 * Both are refusals of one shape, made in one place; the difference is what stands between the two. The open `/healthz` is
 * the third, as the price of an answer as such. CPU is the process's own count (user and system), read before and after
 * each round, less what the reading costs.
 */
export async function benchPolicy(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const config = loadConfig({ DATA_DIR: system.dataDir });
  const desk: Desk = { config, db: openDatabase({ url: config.databaseUrl, name: "switchboard-bench", poolMax: 2 }) };
  const { id, token } = await makeCustomer(desk);
  const api = await startAlone(desk);
  const probe = new Probe(api.url, lanes);
  try {
    const path = "/api/users/";
    const headers = { authorization: `Bearer ${token}` };
    const kinds = {
      open: { call: { method: "GET", path: "/healthz", headers: {} }, status: 200 },
      without: { call: { method: "GET", path, headers: {} }, status: 401 },
      with: { call: { method: "GET", path, headers }, status: 403 },
    };
    return [rowOf(await measure(probe, api.cpuUs, kinds, seconds * perSecond))];
  } finally {
    probe.close();
    await api.stop();
    await desk.db.pool.query("DELETE FROM users WHERE id = $1", [id]);
    await desk.db.close();
  }
}

interface Kind {
  call: ProbeCall;
  status: number;
}

/** Microseconds of CPU a request, of each kind, in each round. */
type Cost<K extends string> = Record<K, number[]>;

async function measure<K extends string>(
  probe: Probe,
  cpuUs: () => Promise<number>,
  kinds: Record<K, Kind>,
  requests: number,
): Promise<Cost<K>> {
  const names = Object.keys(kinds) as K[];
  const cost = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Cost<K>;
  for (const name of names) await fire(probe, kinds[name], requests);
  for (let round = 0; round < rounds; round++) {
    // Another kind begins each time, so that none always runs on a warmer machine.
    for (let n = 0; n < names.length; n++) {
      const name = names[(round + n) % names.length] as K;
      const idle = await cpuUs();
      const before = await cpuUs();
      await fire(probe, kinds[name], requests);
      const after = await cpuUs();
      cost[name].push((after - before - (before - idle)) / requests);
    }
  }
  return cost;
}

async function fire(probe: Probe, { call, status }: Kind, requests: number): Promise<void> {
  let left = requests;
  const lane = async () => {
    while (left-- > 0) {
      const answer = await probe.send(call);
      if (answer.status === status) continue;
      throw new Failure(
        `${call.method} ${call.path} answered ${answer.status} in place of ${status}: ${answer.text.slice(0, 200)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function rowOf(cost: Cost<"open" | "without" | "with">): BenchRow {
  const tenth = (value: number) => Math.round(value * 10) / 10;
  const each = { open: median(cost.open), without: median(cost.without), with: median(cost.with) };
  const differences = cost.with.map((us, round) => us - (cost.without[round] ?? 0));
  const value = tenth(median(differences));
  return {
    row: "authentication and policy, CPU a request",
    figure: `${value} µs (403 by policy with a token ${tenth(each.with)} µs, less 401 at the door ${tenth(each.without)} µs)`,
    yardstick: `${tenth(each.open)} µs (an open /healthz); with a token + ${tenth(each.with - each.open)} µs`,
    value,
    yardstickValue: tenth(each.open),
    target: `< ${targetUs} µs`,
    met: value < targetUs,
    detail: { rounds: cost, differences: differences.map(tenth), lanes },
  };
}

interface ApiAlone extends Running {
  url: string;
  /** CPU that the process has used so far, microseconds. */
  cpuUs(): Promise<number>;
}

/** An API process of its own on the system's database: nobody else calls it, tokens are asked for, nothing is limited. */
async function startAlone({ config: base }: Desk): Promise<ApiAlone> {
  const port = await freePort();
  const metricsToken = randomBytes(16).toString("hex");
  const env = {
    ...{ DATABASE_URL: base.databaseUrl, REDIS_URL: base.redisUrl ?? "none", JWT_SECRET: base.jwtSecret },
    ...{ DATA_DIR: base.dataDir, PORT: String(port), METRICS_TOKEN: metricsToken, OPEN_DEMO: "0" },
    ...{ LOG_LEVEL: "info", LOG_FORMAT: "json" },
    // Counted as everywhere, and never refused.
    ...{ RATE_LIMIT_READ_PER_MINUTE: "1000000000", RATE_LIMIT_FAILURES_PER_MINUTE: "1000000000" },
  };
  const running = startNode("src/api/main.js", [], env);
  const url = `http://127.0.0.1:${port}`;
  const cpuUs = async () => {
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
    const text = await answer.text();
    const total = /^process_cpu_seconds_total(?:\{[^}]*\})? ([\d.e+-]+)$/m.exec(text)?.[1];
    if (total === undefined)
      throw new Failure(`${url}/metrics answered ${answer.status} without process_cpu_seconds_total`);
    return Number(total) * 1e6;
  };
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return { ...running, url, cpuUs };
    if (attempt > 200) {
      await running.stop();
      throw new Failure(`${url} did not become ready`);
    }
    await pause(100);
  }
}

async function makeCustomer(desk: Desk): Promise<{ id: number; token: string }> {
  const name = `bench-${randomBytes(4).toString("hex")}`;
  const { rows } = await desk.db.pool.query<{ id: number }>(
    `WITH made AS (INSERT INTO users (role, name) VALUES ('customer', $1) RETURNING id)
     INSERT INTO customers (id, user_id) SELECT id, $1 FROM made RETURNING id`,
    [name],
  );
  const id = Number(rows[0]?.id);
  return { id, token: await accessToken(desk, id) };
}
