import pg from "pg";
import { LiveClient } from "../../src/console/live/live-client.js";
import { loadConfig } from "../../src/runtime/config.js";
import { pause } from "../../src/runtime/deadline.js";
import { Failure } from "../failure.js";
import { HttpClient } from "../http-client.js";
import type { OwnSystem } from "../own-system.js";
import { clientSocket } from "../socket-factory.js";
import { postPaced } from "./paced.js";
import type { BenchRow } from "./row.js";

const agents = 20;
const perSecond = 200;
const connections = 64;
/** Not counted: processes that have just started are still being compiled. */
const warmUpSeconds = 5;
const settleWithinMs = 30_000;

/**
 * From stored to assigned by push, to agents who close at once what they get, everything running. Both times are the
 * database's own: that of the transaction that stored the message, and that of the one that assigned it.
 */
export async function benchPipeline(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const client = new pg.Client({ connectionString: loadConfig({ DATA_DIR: system.dataDir }).databaseUrl });
  await client.connect();
  const agentIds = await makeAgents(client);
  const http = new HttpClient(system.api, connections);
  let failed = 0;
  const close = async (id: number, agentId: number) => {
    const body = { agent_id: agentId, text: "Done." };
    const answer = await http.call({ method: "POST", path: `/api/messages/${id}/reply/`, body });
    if (answer.status !== 200) failed++;
  };
  const live = new LiveClient({
    socket: clientSocket,
    onFrame: (frame) => {
      if (frame.type !== "batch_assigned" || !agentIds.includes(Number(frame.agent_id))) return;
      for (const id of frame.message_ids as number[]) void close(id, Number(frame.agent_id)).catch(() => failed++);
    },
  });
  live.connect(system.socket);
  try {
    await postPaced(http, { count: warmUpSeconds * perSecond, perSecond });
    // As autovacuum does within a minute: a desk that has just begun knows nothing of its tables.
    await client.query("ANALYZE");
    const { rows: marks } = await client.query<{ from: Date }>("SELECT clock_timestamp() AS from");
    const from = marks[0]?.from ?? new Date();
    const posted = await postPaced(http, { count: seconds * perSecond, perSecond });
    await untilClosed(client, from);
    const { rows } = await client.query<{ n: number; p50: number; p99: number }>(
      `SELECT count(*)::int AS n,
              percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM assigned_at - created_at) * 1000)::float AS p50,
              percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM assigned_at - created_at) * 1000)::float AS p99
       FROM tickets WHERE created_at >= $1 AND assigned_at IS NOT NULL`,
      [from],
    );
    const { n = 0, p50 = 0, p99 = 0 } = rows[0] ?? {};
    if (n < posted || failed > 0) throw new Failure(`${n} of ${posted} were assigned, ${failed} replies failed`);
    return [
      {
        row: `stored to assigned by push, ${agents} agents who close at once, ${perSecond}/s`,
        figure: `p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms`,
        value: Math.round(p99),
        detail: { p50Ms: p50, p99Ms: p99, messages: n },
        target: "p99 < 250",
        met: p99 < 250,
      },
    ];
  } finally {
    live.close();
    http.close();
    await client.query("UPDATE agents SET availability = 'offline' WHERE id = ANY($1)", [agentIds]);
    await client.end();
  }
}

/** Agents who are online for as long as the bench may take. */
async function makeAgents(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ id: string }>(
    `WITH made AS (INSERT INTO users (role, name) SELECT 'agent', 'Bench agent ' || i FROM generate_series(1, $1::int) i RETURNING id),
          online AS (INSERT INTO agents (id, availability, availability_by) SELECT id, 'online', 'call' FROM made RETURNING id)
     INSERT INTO agent_liveness (agent_id, last_seen_at, online_until) SELECT id, now(), now() + interval '1 day' FROM online
     RETURNING agent_id AS id`,
    [agents],
  );
  return rows.map((row) => Number(row.id));
}

async function untilClosed(client: pg.Client, from: Date): Promise<void> {
  for (const end = Date.now() + settleWithinMs; Date.now() < end; await pause(100)) {
    const { rows } = await client.query<{ open: boolean }>(
      "SELECT EXISTS (SELECT 1 FROM tickets WHERE created_at >= $1 AND status <> 'closed') AS open",
      [from],
    );
    if (!rows[0]?.open) return;
  }
  throw new Failure("not all that came in was assigned and closed within 30 s");
}
