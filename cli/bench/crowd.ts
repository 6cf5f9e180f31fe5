import { openDatabase } from "../../src/db/database.js";
import { loadConfig } from "../../src/runtime/config.js";
import { Failure } from "../failure.js";
import { HttpClient } from "../http-client.js";
import { note } from "../output.js";
import type { OwnSystem } from "../own-system.js";
import { percentiles } from "./pgbench.js";
import type { BenchRow } from "./row.js";
import { seedBacklog } from "./seed-backlog.js";

const agents = 1000;
const batch = 15;
const allWithinMs = 5000;

/**
 * A shift begins: as many agents as a large desk has pull at the same moment, each over a connection of its own. Counted
 * from the first call to the last answer. It fills the system's own desk, so nothing is measured on it afterwards.
 */
export async function benchCrowd(system: OwnSystem, waiting: number): Promise<BenchRow[]> {
  note(`crowd: a desk with ${waiting} waiting tickets …`);
  const url = loadConfig({ DATA_DIR: system.dataDir }).databaseUrl;
  const db = openDatabase({ url, name: "switchboard-bench", poolMax: 2, statementTimeoutMs: 0 });
  const { agentIds } = await seedBacklog(db, { waiting, closed: 0, agents });
  await db.pool.query("VACUUM (ANALYZE) tickets");
  const http = new HttpClient(system.api, agents);
  const latencies: number[] = [];
  try {
    const began = performance.now();
    const counts = await Promise.all(
      agentIds.map(async (agent_id) => {
        const from = performance.now();
        const { status, body } = await http.call({
          method: "POST",
          path: "/api/agent/tickets/assign/",
          body: { agent_id },
        });
        latencies.push(performance.now() - from);
        return status === 200 ? Number(body.count) : -status;
      }),
    );
    const tookMs = Math.round(performance.now() - began);
    const refused = counts.filter((count) => count < 0).length;
    const short = counts.filter((count) => count >= 0 && count !== batch).length;
    const held = await db.pool.query<{ n: number }>(
      "SELECT count(DISTINCT id)::int AS n FROM tickets WHERE assignee_id = ANY($1) AND status = 'in_progress'",
      [agentIds],
    );
    if (short > 0 || held.rows[0]?.n !== (agents - refused) * batch) {
      throw new Failure(
        `${short} of ${agents} agents were given other than ${batch}; ${held.rows[0]?.n} tickets are held`,
      );
    }
    const { p50Ms, p99Ms } = percentiles(latencies);
    return [
      {
        row: `${agents} agents pull at the same moment over HTTP, ${waiting} waiting`,
        figure: `all within ${tookMs} ms, ${refused} refused; p50 ${p50Ms} ms, p99 ${p99Ms} ms`,
        value: tookMs,
        detail: { tookMs, refused, p50Ms, p99Ms },
        target: `<= ${allWithinMs} ms, none refused`,
        met: tookMs <= allWithinMs && refused === 0,
      },
    ];
  } finally {
    http.close();
    await db.close();
  }
}
