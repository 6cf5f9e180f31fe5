import { openBus } from "../../../src/bus/open-bus.js";
import type { SequencedEvent } from "../../../src/contract/events.js";
import { openDatabase } from "../../../src/db/database.js";
import { eventOf } from "../../../src/db/queries/read-events.js";
import { loadConfig } from "../../../src/runtime/config.js";
import { pause } from "../../../src/runtime/deadline.js";
import { createLogger } from "../../../src/runtime/logger.js";
import { Failure } from "../../failure.js";
import { freePort, type OwnSystem, startNode } from "../../own-system.js";
import { createScratch } from "../scratch-database.js";
import { startPrivateRedis } from "./private-redis.js";
import { nowMs, type Source } from "./source.js";

const readyWithinMs = 20_000;

/** Takes rows into the log as the sequencer does: counted in rows, committed at once. */
const append = `
  WITH head AS (
    UPDATE sequencer SET last_seq = last_seq + $1, published_seq = last_seq + $1 RETURNING last_seq
  ), place AS (
    INSERT INTO streams (stream, last_pos) VALUES ('agents', $1)
    ON CONFLICT (stream) DO UPDATE SET last_pos = streams.last_pos + $1 RETURNING last_pos
  )
  INSERT INTO events (seq, stream, pos, type, payload, created_at)
  SELECT last_seq - $1 + n, 'agents', last_pos - $1 + n, 'message_update',
         jsonb_build_object('message_id', last_pos - $1 + n, 'status', 'unassigned', 'assigned_to', NULL,
                            'version', 1, 'reason', repeat('x', $2)), now()
  FROM head, place, generate_series(1, $1::int) n
  RETURNING seq, stream, pos, type, payload, request_id, stage, subject_id, created_at`;

/**
 * The relay as built, in a process of its own, on a database and a Redis of its own, so that it hears of nothing else (the
 * bus on Postgres where there is no Redis): what is measured begins with the word on the bus.
 */
export async function startRelaySource(system: OwnSystem, maxBufferBytes: number): Promise<Source> {
  const base = loadConfig({ DATA_DIR: system.dataDir });
  const scratch = await createScratch(base.databaseUrl);
  const redis = await startPrivateRedis();
  const redisUrl = redis?.url ?? null;
  const port = await freePort();
  const env = {
    DATABASE_URL: scratch.url,
    REDIS_URL: redisUrl ?? "none",
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
  const db = openDatabase({ url: scratch.url, name: "switchboard-bench", poolMax: 2 });
  const logger = createLogger("bench", base);
  const bus = await openBus({ redisUrl, databaseUrl: scratch.url, db, name: "switchboard-bench", logger });
  const stop = async () => {
    await relay.stop();
    await bus.close();
    await redis?.stop();
    await db.close();
    await scratch.drop();
  };
  try {
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
      const { rows } = await db.pool.query<Parameters<typeof eventOf>[0]>(append, [count, bytes]);
      const events: SequencedEvent[] = rows.map(eventOf).sort((left, right) => left.seq - right.seq);
      const at = nowMs();
      await bus.publishEvents(events);
      return events.map(({ pos }) => [pos, at]);
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
