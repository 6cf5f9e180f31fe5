import pg from "pg";
import { loadConfig } from "../../../src/runtime/config.js";
import { pause } from "../../../src/runtime/deadline.js";
import { Failure } from "../../failure.js";
import { type BenchSystem, freePort, startNode } from "../processes.js";
import { createScratch } from "../scratch-database.js";
import { nowMs, type Source } from "./source.js";

const readyWithinMs = 20_000;

/** Takes rows into the log as the sequencer does: counted in rows, committed at once; where the log stands then. */
const append = `
  WITH head AS (
    UPDATE sequencer SET last_seq = last_seq + $1, published_seq = last_seq + $1 RETURNING last_seq
  ), place AS (
    INSERT INTO streams (stream, last_pos) VALUES ('agents', $1)
    ON CONFLICT (stream) DO UPDATE SET last_pos = streams.last_pos + $1 RETURNING last_pos
  ), written AS (
    INSERT INTO events (seq, stream, pos, type, payload, created_at)
    SELECT last_seq - $1 + n, 'agents', last_pos - $1 + n, 'message_update',
           jsonb_build_object('message_id', last_pos - $1 + n, 'status', 'unassigned', 'assigned_to', NULL,
                              'version', 1, 'reason', repeat('x', $2)), now()
    FROM head, place, generate_series(1, $1::int) n
  )
  SELECT last_seq AS seq, last_pos AS pos FROM head, place`;

/**
 * The relay as built, in a process of its own, on a database of its own and the bus on Postgres (so that it hears of nothing
 * else): what is measured begins with the bus's word and includes the read of the log.
 */
export async function startRelaySource(system: BenchSystem, maxBufferBytes: number): Promise<Source> {
  const base = loadConfig({ DATA_DIR: system.dataDir });
  const scratch = await createScratch(base.databaseUrl);
  const port = await freePort();
  const env = {
    DATABASE_URL: scratch.url,
    REDIS_URL: "none",
    JWT_SECRET: base.jwtSecret,
    SWITCHBOARD_EMBEDDED: "1",
    OPEN_DEMO: "1",
    RATE_LIMITS: "0",
    DATA_DIR: system.dataDir,
    RELAY_PORT: String(port),
    RELAY_MAX_BUFFER_BYTES: String(maxBufferBytes),
    LOG_LEVEL: "warn",
  };
  const lines: string[] = [];
  const relay = startNode("src/realtime/main.js", [], env, (line) => lines.push(line));
  const client = new pg.Client({ connectionString: scratch.url });
  const stop = async () => {
    await relay.stop();
    await client.end();
    await scratch.drop();
  };
  try {
    await client.connect();
    await untilReady(port, lines);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: "the relay",
    pid: relay.pid,
    door: { port, path: "/ws/agents/", greetings: 1, say: null },
    stop,
    publish: async (count, bytes) => {
      const { rows } = await client.query<{ seq: string; pos: string }>(append, [count, bytes]);
      const [seq, pos] = [rows[0]?.seq ?? "0", Number(rows[0]?.pos)];
      const at = nowMs();
      await client.query("SELECT pg_notify('switchboard_head', $1)", [seq]);
      return Array.from({ length: count }, (_, n) => [pos - count + 1 + n, at]);
    },
  };
}

async function untilReady(port: number, lines: readonly string[]): Promise<void> {
  for (const end = Date.now() + readyWithinMs; ; await pause(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
    const body = answer?.ok ? ((await answer.json()) as { ready?: boolean }) : null;
    if (body?.ready) return;
    if (Date.now() > end)
      throw new Failure(`the relay of the bench did not become ready:\n${lines.slice(-5).join("\n")}`);
  }
}
