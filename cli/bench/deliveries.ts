import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import pg from "pg";
import { environment, loadConfig } from "../../src/runtime/config.js";
import { pause } from "../../src/runtime/deadline.js";
import { packageRoot } from "../../src/runtime/package-root.js";
import { Failure } from "../failure.js";
import { HttpClient } from "../http-client.js";
import { freePort, type OwnSystem } from "../own-system.js";
import type { BenchRow } from "./row.js";

const conversations = 500;
/** With the one that hangs and without it, in turns: what else the machine does meets both alike. */
const rounds = 4;
const perSecondTarget = 500;
const lossMax = 0.05;
/** Warm-up, not counted: processes that have just started are still being compiled. */
const warmUp = 2500;
const waitMs = 120_000;

/**
 * Deliveries of events to a receiver in a process of its own, everything running: how many a second, and what is left of
 * that when a second webhook hangs, which has subscribed to the same events. The system must be allowed to call this
 * machine.
 */
export async function benchDeliveries(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const config = loadConfig({ ...environment(), ...system.env });
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 2 });
  const http = new HttpClient(system.api, 2);
  const receivers: ChildProcess[] = [];
  try {
    const hook = async (behaviour: "answer" | "hang") => {
      const port = await freePort();
      const child = fork(join(packageRoot, "dist/cli/bench/receiver-process.js"), [String(port), behaviour]);
      receivers.push(child);
      await once(child, "message");
      const body = { name: behaviour, url: `http://127.0.0.1:${port}/`, events: ["read"] };
      const made = await http.call({ method: "POST", path: "/api/webhooks/", body });
      if (made.status !== 201) throw new Failure(`POST /api/webhooks/ answered ${made.status}`);
      return Number(made.body.id);
    };
    const streams = await makeStreams(pool);
    const webhookId = await hook("answer");
    const hangingId = await hook("hang");
    const hangs = async (enabled: boolean) => {
      const { status } = await http.call({ method: "PATCH", path: `/api/webhooks/${hangingId}/`, body: { enabled } });
      if (status !== 200) throw new Failure(`PATCH /api/webhooks/ answered ${status}`);
    };
    const count = Math.ceil((seconds * perSecondTarget * 2) / rounds);
    await hangs(false);
    await deliver(pool, webhookId, streams, warmUp);
    const took = { alone: 0, beside: 0 };
    for (let round = 0; round < rounds; round++) {
      // In turns first: processes become faster with time.
      for (const beside of round % 2 === 0 ? [false, true] : [true, false]) {
        await hangs(beside);
        took[beside ? "beside" : "alone"] += await deliver(pool, webhookId, streams, count);
      }
    }
    const perSecond = (ms: number) => (rounds * count * 1000) / ms;
    const [alone, beside] = [perSecond(took.alone), perSecond(took.beside)];
    return [
      {
        row: "deliveries to a local receiver, everything running",
        figure: `${Math.round(alone)} a second`,
        value: alone,
        target: `${perSecondTarget} a second`,
        met: alone >= perSecondTarget,
      },
      {
        row: "the same beside a webhook that hangs",
        figure: `${Math.round(beside)} a second`,
        value: beside,
        yardstick: `${Math.round(alone)} a second without it`,
        yardstickValue: alone,
        ratio: beside / alone,
        target: "0.95 of it",
        met: beside / alone >= 1 - lossMax,
      },
    ];
  } finally {
    for (const child of receivers) child.kill("SIGKILL");
    http.close();
    await pool.end();
  }
}

async function makeStreams(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    "INSERT INTO conversations (kind) SELECT 'direct' FROM generate_series(1, $1::int) RETURNING id",
    [conversations],
  );
  return rows.map((row) => `conversation:${row.id}`);
}

/** Writes `count` events, and waits until all of them are delivered to that webhook; how long it took, ms. */
async function deliver(pool: pg.Pool, webhookId: number, streams: string[], count: number): Promise<number> {
  const { rows } = await pool.query<{ last: number }>("SELECT coalesce(max(id), 0)::float8 AS last FROM deliveries");
  const sent = async () => {
    const sql = "SELECT count(*)::int AS n FROM deliveries WHERE webhook_id = $1 AND id > $2 AND status = 'sent'";
    return (await pool.query<{ n: number }>(sql, [webhookId, rows[0]?.last])).rows[0]?.n ?? 0;
  };
  const beganAt = performance.now();
  await pool.query(
    `INSERT INTO outbox (stream, type, payload)
     SELECT ($1::text[])[1 + n % $2::int], 'read', jsonb_build_object('user_id', 1, 'up_to', n, 'read_at', now())
     FROM generate_series(1, $3::int) n`,
    [streams, streams.length, count],
  );
  for (let now = await sent(); now < count; now = await sent()) {
    if (performance.now() - beganAt > waitMs) throw new Failure(`${now} of ${count} were delivered`);
    await pause(50);
  }
  return performance.now() - beganAt;
}
