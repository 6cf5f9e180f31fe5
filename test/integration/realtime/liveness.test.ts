import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { EphemeralFrame } from "../../../src/bus/bus.js";
import { createUser } from "../../../src/commands/create-user.js";
import { type Database, openDatabase } from "../../../src/db/database.js";
import { LivenessKeeper } from "../../../src/realtime/liveness-keeper.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { openTcpProxy } from "../queue/tcp-proxy.js";
import { RawClient } from "./raw-client.js";
import { makeUser, startRelay, type TestRelay, tokenFor } from "./relay-fixture.js";
import { transportDrivers } from "./transport-drivers.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => run("DELETE FROM agent_liveness; DELETE FROM outbox; DELETE FROM agents"));

const run = (text: string) => database.db.pool.query(text);

async function newAgent(): Promise<{ id: number; token: string }> {
  const { id } = await createUser(database, { role: "agent", name: "An agent", email: null, password: null });
  return { id, token: await tokenFor(id, "agent") };
}

/** Who is online by a socket, as far as the tables say. */
async function online(): Promise<number[]> {
  const { rows } = await run(`SELECT id FROM agents a JOIN agent_liveness l ON l.agent_id = a.id
    WHERE availability = 'online' AND availability_by = 'socket' AND online_until > now() ORDER BY id`);
  return rows.map((row) => row.id);
}

/** Moves what is known of all agents' lives an hour into the past. */
const age = () =>
  run(`UPDATE agent_liveness SET last_seen_at = now() - interval '1 hour', socket_seen_at = now() - interval '1 hour',
    online_until = now() - interval '1 hour'`);

async function freed(): Promise<number[]> {
  const { rows } = await run(
    `SELECT subject_id FROM outbox WHERE type = 'room_freed' AND stage = 'assign' ORDER BY id`,
  );
  return rows.map((row) => row.subject_id);
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A way to the database that can be cut. */
async function behindProxy() {
  const url = new URL(database.url);
  const proxy = await openTcpProxy(url.hostname, Number(url.port || 5432));
  url.port = String(proxy.port);
  url.hostname = "127.0.0.1";
  const db = openDatabase({ url: url.href, name: "switchboard-test", poolMax: 2 });
  cleanups.push(
    () => proxy.close(),
    () => db.close(),
  );
  return { db, proxy };
}

/** A keeper with short ticks, what it showed, and what it logged as a warning. */
function keeper(db: Database = database.db, everyMs = 20) {
  const frames: EphemeralFrame[] = [];
  const warnings: string[] = [];
  const made = new LivenessKeeper({
    db,
    wake: () => undefined,
    publish: async (frame) => void frames.push(frame),
    logger: pino({ level: "warn" }, { write: (line: string) => void warnings.push(line) }),
    everyMs,
  });
  cleanups.push(() => made.stop());
  return { keeper: made, frames, warnings };
}

const presence = (agentId: number) => ({
  stream: "agents",
  frame: { type: "agent_presence", agent_id: agentId, availability: "online", open_tickets: 0 },
});

describe.each(transportDrivers)("liveness on %s", (_name, openTransport) => {
  let running: TestRelay;
  let kept: ReturnType<typeof keeper>;
  const clients: RawClient[] = [];

  beforeEach(async () => {
    kept = keeper();
    await kept.keeper.start();
    running = await startRelay(database.db, openTransport, { openDemo: true, liveness: kept.keeper });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await running.relay.stop();
  });

  async function connect(token: string | null): Promise<RawClient> {
    const client = new RawClient(`${running.url}/ws/agents/${token === null ? "" : `?token=${token}`}`);
    clients.push(client);
    return client.opened();
  }

  it("an agent is online from its first socket on, said once", async () => {
    const agent = await newAgent();
    await connect(agent.token);
    await until(async () => (await online()).includes(agent.id), "the agent to be online");
    await connect(agent.token);
    await age();
    await until(async () => (await online()).includes(agent.id), "its renewal");
    expect(kept.frames).toEqual([presence(agent.id)]);
    expect(await freed()).toEqual([agent.id]);
  });

  it("renews who has a socket left, and lets run out who has none", async () => {
    const [staying, leaving] = [await newAgent(), await newAgent()];
    const [one, two] = [await connect(staying.token), await connect(leaving.token)];
    await connect(staying.token);
    await until(async () => (await online()).length === 2, "both to be online");
    one.socket.close();
    two.socket.close();
    await until(() => running.relay.socketCount === 1, "two sockets to be closed");
    // A tick that was under way renews once more; the next ones do not.
    for (let round = 0; round < 2; round++) {
      await age();
      await until(async () => (await online()).includes(staying.id), "the renewal");
    }
    expect(await online()).toEqual([staying.id]);
  });

  it("a watcher, an admin and a user without a row of an agent are nobody's availability", async () => {
    const [admin, stranger, agent] = [
      await makeUser(database.db, "admin"),
      await makeUser(database.db, "agent"),
      await newAgent(),
    ];
    await run(`INSERT INTO agents (id) VALUES (${admin.id})`);
    for (const token of [null, admin.token, stranger.token, agent.token]) await connect(token);
    await until(async () => (await online()).includes(agent.id), "the agent to be online");
    await age();
    await until(async () => (await online()).includes(agent.id), "its renewal");
    expect((await run("SELECT agent_id FROM agent_liveness")).rows).toEqual([{ agent_id: agent.id }]);
    expect(kept.frames).toEqual([presence(agent.id)]);
  });

  it("brings back who was taken for gone while it has a socket, but not who chose to be away", async () => {
    const [gone, away] = [await newAgent(), await newAgent()];
    for (const { token } of [gone, away]) await connect(token);
    await until(async () => (await online()).length === 2, "both to be online");
    await run(`UPDATE agents SET availability = 'away', availability_by = 'call' WHERE id = ${away.id}`);
    await run(`UPDATE agents SET availability = 'offline', availability_by = 'system' WHERE id = ${gone.id}`);
    await run(`UPDATE agent_liveness SET online_until = now() WHERE agent_id = ${gone.id}`);
    await until(() => kept.frames.length === 3, "its presence");
    expect(await online()).toEqual([gone.id]);
    expect(kept.frames[2]).toEqual(presence(gone.id));
    expect((await freed()).at(-1)).toBe(gone.id);
    const { rows } = await run(`SELECT availability FROM agents WHERE id = ${away.id}`);
    expect(rows).toEqual([{ availability: "away" }]);
  });
});

describe("the keeper", () => {
  it("writes down a crowd that comes at once", async () => {
    const agents = await Promise.all(Array.from({ length: 40 }, newAgent));
    const { keeper: kept, frames } = keeper(database.db, 600_000);
    await kept.start();
    for (const agent of agents) kept.opened(agent.id);
    await until(() => frames.length === agents.length, "all to be shown");
    expect(await online()).toEqual(agents.map((agent) => agent.id).sort((a, b) => a - b));
    await kept.stop();
  });

  it("tries again while the database is away, and says so once", async () => {
    const [known, late] = [await newAgent(), await newAgent()];
    const { db, proxy } = await behindProxy();
    const { keeper: kept, frames, warnings } = keeper(db);
    await kept.start();
    kept.opened(known.id);
    await until(() => frames.length === 1, "the first agent");
    proxy.cut();
    kept.opened(late.id);
    await until(() => proxy.refused() > 3, "several tries");
    expect(warnings).toHaveLength(1);
    await age();
    proxy.mend();
    await until(async () => frames.length === 2 && (await online()).length === 2, "both to be online");
    expect(frames).toEqual([presence(known.id), presence(late.id)]);
    expect(warnings).toHaveLength(1);
    await kept.stop();
  });

  it("forgets who left before it could be written down, and does nothing once it is stopped", async () => {
    const [left, there] = [await newAgent(), await newAgent()];
    const { db, proxy } = await behindProxy();
    const { keeper: kept, frames } = keeper(db);
    proxy.cut();
    await kept.start();
    const leave = kept.opened(left.id);
    kept.opened(there.id);
    await until(() => proxy.refused() > 1, "a try");
    leave();
    await until(() => proxy.refused() > 5, "tries without it");
    proxy.mend();
    await until(() => frames.length === 1, "the one that is there");
    expect(await online()).toEqual([there.id]);
    await kept.stop();
    kept.opened(left.id);
    await kept.stop();
    expect(await online()).toEqual([there.id]);
  });
});
