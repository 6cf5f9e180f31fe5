import pg from "pg";
import { loadConfig } from "../../src/runtime/config.js";
import { pause } from "../../src/runtime/deadline.js";
import { Failure } from "../failure.js";
import { freePort, type OwnSystem, type Running, startNode } from "../own-system.js";
import { type LoadResult, load, median } from "./load.js";
import type { BenchRow } from "./row.js";
import { createScratch } from "./scratch-database.js";

const connections = 64;
const rounds = 3;
const drainWithinMs = 300_000;

/**
 * The yardstick is the same API with the same validation, auth and logging, set so that every request has a transaction
 * of its own (16 connections, as FINDINGS has it): the one thing that is measured is the shared flush.
 */
const variants = {
  shared: { INTAKE_FLUSHES: "2", INTAKE_FLUSH_ROWS: "256" },
  single: { INTAKE_FLUSHES: "16", INTAKE_FLUSH_ROWS: "1", DATABASE_POOL_MAX: "20" },
};

/** Intake at 64 connections, sequencer and stages paused, against a transaction a request, interleaved. */
export async function benchIngest(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const base = loadConfig({ DATA_DIR: system.dataDir });
  const scratch = await createScratch(base.databaseUrl);
  const results: Record<keyof typeof variants, LoadResult[]> = { shared: [], single: [] };
  const apis: { kind: keyof typeof variants; url: string; process: Running }[] = [];
  try {
    for (const kind of ["single", "shared"] as const) {
      const port = await freePort();
      const env = {
        DATABASE_URL: scratch.url,
        REDIS_URL: base.redisUrl ?? "none",
        JWT_SECRET: base.jwtSecret,
        SWITCHBOARD_EMBEDDED: "1",
        OPEN_DEMO: "1",
        DATA_DIR: system.dataDir,
        PORT: String(port),
        LOG_LEVEL: "info",
        LOG_FORMAT: "json",
        ...variants[kind],
      };
      const api = `http://127.0.0.1:${port}`;
      apis.push({ kind, url: api, process: startNode("src/api/main.js", [], env) });
      await untilReady(api);
      await load(api, { connections, seconds: 2 });
    }
    for (let round = 0; round < rounds; round++) {
      for (const api of apis) results[api.kind].push(await load(api.url, { connections, seconds }));
    }
  } finally {
    for (const api of apis) await api.process.stop();
    await scratch.drop();
  }
  const failed = [...results.shared, ...results.single].reduce((sum, result) => sum + result.failed, 0);
  if (failed > 0) throw new Failure(`${failed} requests of the intake bench failed`);
  const of = (kind: keyof typeof variants, figure: "perSecond" | "p99Ms") =>
    median(results[kind].map((result) => result[figure]));
  return [
    {
      row: "intake, stages paused",
      figure: `${of("shared", "perSecond")} messages/s, p99 ${of("shared", "p99Ms")} ms`,
      yardstick: `${of("single", "perSecond")} messages/s, p99 ${of("single", "p99Ms")} ms (one transaction each)`,
      value: of("shared", "perSecond"),
      yardstickValue: of("single", "perSecond"),
      ratio: of("shared", "perSecond") / of("single", "perSecond"),
      target: ">= 2.5",
      met: of("shared", "perSecond") >= 2.5 * of("single", "perSecond"),
    },
  ];
}

/** The same with everything running, and how long it takes until all that came in is scored, routed and announced. */
export async function benchIngestRunning(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const result = await load(system.api, { connections, seconds });
  const client = new pg.Client({ connectionString: loadConfig({ DATA_DIR: system.dataDir }).databaseUrl });
  await client.connect();
  const began = Date.now();
  try {
    while (!(await isDrained(client))) {
      if (Date.now() - began > drainWithinMs) throw new Failure("the stages did not drain within 5 minutes");
      await pause(100);
    }
  } finally {
    await client.end();
  }
  const drainS = (Date.now() - began) / 1000;
  return [
    {
      row: "intake, all running",
      figure: `${result.perSecond} messages/s, p99 ${result.p99Ms} ms; drained ${drainS.toFixed(1)} s after`,
      value: result.perSecond,
      detail: { drainS, messages: result.ok },
    },
  ];
}

async function isDrained(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ done: boolean }>(`
    SELECT NOT EXISTS (SELECT 1 FROM outbox) AND NOT EXISTS (SELECT 1 FROM tickets WHERE scored_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM tickets WHERE routed_at IS NULL AND status = 'unassigned')
       AND (SELECT published_seq = last_seq FROM sequencer) AS done`);
  return rows[0]?.done ?? false;
}

async function untilReady(api: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(`${api}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Failure(`${api} did not become ready`);
}
