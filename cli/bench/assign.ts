import { fillAgent } from "../../src/commands/fill-agent.js";
import { openFillGate } from "../../src/commands/fill-gate.js";
import { openDatabase } from "../../src/db/database.js";
import { fillStatement } from "../../src/db/queries/fill-agent.js";
import { loadConfig } from "../../src/runtime/config.js";
import { Failure } from "../failure.js";
import { note } from "../output.js";
import type { OwnSystem } from "../own-system.js";
import { hasPgbench, percentiles, type Rate, runPgbench } from "./pgbench.js";
import type { BenchRow } from "./row.js";
import { createScratch, type ScratchDatabase } from "./scratch-database.js";
import { seedBacklog } from "./seed-backlog.js";

const batch = 15;
const yardstickClients = [1, 2, 4, 8, 16, 32];
const atOnce = [8, 32];
/** Each agent is filled once, so there are as many as the quickest run could fill. */
const agents = 20_000;

/** A full desk that every run has a fresh copy of: what one run takes, the next finds again. */
interface Desk {
  serverUrl: string;
  template: ScratchDatabase;
  firstAgent: number;
}

/**
 * Fills of 15 over a backlog, in process, against the same statements by pgbench, each run on a fresh copy of the same
 * desk. Without pgbench the yardstick is skipped, and says so.
 */
export async function benchAssign(system: OwnSystem, waiting: number, seconds: number): Promise<BenchRow[]> {
  const serverUrl = loadConfig({ DATA_DIR: system.dataDir }).databaseUrl;
  const template = await createScratch(serverUrl);
  try {
    const desk = { serverUrl, template, firstAgent: await seed(template, waiting) };
    const withYardstick = await hasPgbench();
    const best = new Map<number, Rate>();
    const ours = new Map<number, Rate[]>(atOnce.map((count) => [count, []]));
    for (const clients of yardstickClients) {
      if (withYardstick) {
        note(`assign: ${waiting} waiting, pgbench with ${clients} …`);
        best.set(clients, await onCopy(desk, (url) => yardstick(url, desk.firstAgent, clients, seconds)));
      }
      // Interleaved: each of ours runs after every second one of theirs.
      const count = atOnce[yardstickClients.indexOf(clients) % atOnce.length] ?? 8;
      note(`assign: ${waiting} waiting, ${count} agents at once …`);
      ours.get(count)?.push(await onCopy(desk, (url) => fills(url, desk.firstAgent, count, seconds)));
    }
    return [...ours].map(([count, runs]) => rowOf(waiting, count, medianOf(runs), best));
  } finally {
    await template.drop();
  }
}

async function seed(template: ScratchDatabase, waiting: number): Promise<number> {
  note(`assign: a desk with ${waiting} waiting tickets …`);
  const db = openDatabase({ url: template.url, name: "switchboard-bench", poolMax: 2, statementTimeoutMs: 0 });
  try {
    const { agentIds } = await seedBacklog(db, { waiting, closed: 0, agents });
    const [first, last] = [Math.min(...agentIds), Math.max(...agentIds)];
    if (last - first !== agents - 1) throw new Failure("the bench's agents have no consecutive ids");
    await db.pool.query("VACUUM (ANALYZE) tickets");
    return first;
  } finally {
    await db.close();
  }
}

async function onCopy<T>(desk: Desk, run: (url: string) => Promise<T>): Promise<T> {
  const copy = await createScratch(desk.serverUrl, desk.template);
  try {
    return await run(copy.url);
  } finally {
    await copy.drop();
  }
}

/** The fill's own statement as a pgbench script, each client with agents of its own. */
export function fillScript(firstAgent: number, clients: number): string {
  const values = [":agent", String(batch), "'pull'", "NULL", `'{"reason":"pull"}'`];
  const statement = fillStatement.text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\$(\d)/g, (_, n: string) => values[Number(n) - 1] ?? "");
  return [
    // A variable lives as long as its client: `turn` counts its transactions.
    `\\set agent ${firstAgent} + :turn * ${clients} + :client_id`,
    "\\set turn :turn + 1",
    `${statement};`,
  ].join("\n");
}

function yardstick(url: string, firstAgent: number, clients: number, seconds: number): Promise<Rate> {
  return runPgbench(url, fillScript(firstAgent, clients), { clients, seconds, variables: { turn: 0 } });
}

/** `count` agents pull at once, one after the other in each of as many lines, until the time is up. */
async function fills(url: string, firstAgent: number, count: number, seconds: number): Promise<Rate> {
  const { gate, db, close } = openFiller(url);
  const latencies: number[] = [];
  let next = firstAgent;
  const began = performance.now();
  try {
    await Promise.all(
      Array.from({ length: count }, async () => {
        while (performance.now() - began < seconds * 1000) {
          const from = performance.now();
          const agentId = next++;
          const { taken } = await fillAgent(
            { db, gate, wake: () => undefined, requestId: null },
            { agentId, reason: "pull" },
          );
          if (taken.length !== batch) throw new Failure(`agent ${agentId} was given ${taken.length}, not ${batch}`);
          latencies.push(performance.now() - from);
        }
      }),
    );
    const elapsedS = (performance.now() - began) / 1000;
    return { perSecond: Math.round(latencies.length / elapsedS), ...percentiles(latencies) };
  } finally {
    await close();
  }
}

function openFiller(url: string) {
  const settings = loadConfig({ DATABASE_URL: url, JWT_SECRET: "x".repeat(32), REDIS_URL: "none" });
  const db = openDatabase({ url, name: "switchboard-bench", poolMax: settings.DATABASE_POOL_MAX });
  return { gate: openFillGate(settings), db, close: () => db.close() };
}

function medianOf(runs: readonly Rate[]): Rate {
  const sorted = [...runs].sort((left, right) => left.perSecond - right.perSecond);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Failure("nothing was measured");
  return middle;
}

function rowOf(waiting: number, count: number, ours: Rate, theirs: ReadonlyMap<number, Rate>): BenchRow {
  const best = [...theirs].reduce<[number, Rate] | null>(
    (top, each) => (top && top[1].perSecond >= each[1].perSecond ? top : each),
    null,
  );
  const row = {
    row: `fills of 15, ${count} agents at once, ${waiting} waiting`,
    figure: `${ours.perSecond} fills/s, p99 ${ours.p99Ms} ms`,
    value: ours.perSecond,
    detail: { ours, pgbench: Object.fromEntries(theirs) },
  };
  if (!best) return { ...row, yardstick: "skipped: no pgbench" };
  const [clients, rate] = best;
  const crowded = theirs.get(32)?.p99Ms ?? 0;
  const p99Met = count !== 32 || ours.p99Ms < crowded;
  return {
    ...row,
    yardstick: `pgbench ${rate.perSecond}/s with ${clients}; with 32 p99 ${crowded} ms`,
    yardstickValue: rate.perSecond,
    ratio: ours.perSecond / rate.perSecond,
    target: count === 32 ? ">= 0.7, p99 below pgbench's at 32" : ">= 0.7",
    met: ours.perSecond >= 0.7 * rate.perSecond && p99Met,
  };
}
