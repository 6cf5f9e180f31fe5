import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveClient } from "../../../src/console/live/live-client.js";
import { loadConfig } from "../../../src/runtime/config.js";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { clientSocket } from "../../support/socket-factory.js";
import { until } from "../../support/until.js";

// Seed 002 as a client walks it, and what the desk adds to it: the push, and what becomes of an agent that is gone.

let system: RunningSystem;
let desk: pg.Client;
const tokens = { admin: "", first: "", second: "", customer: "" };
const agents = { first: 0, second: 0 };

beforeAll(async () => {
  system = await startRunningSystem({ args: ["--no-demo"] });
  desk = new pg.Client({ connectionString: loadConfig(system.env).databaseUrl });
  await desk.connect();
  tokens.admin = await signIn(loadConfig(system.env).ADMIN_EMAIL ?? "", "admin");
  for (const name of ["first", "second"] as const) {
    const made = await call("POST", "/api/agents/", tokens.admin, {
      name,
      email: `${name}@example.test`,
      password: "a password of a test",
    });
    expect(made.status).toBe(201);
    agents[name] = made.body.id;
    tokens[name] = await signIn(`${name}@example.test`, "agent", "a password of a test");
  }
}, 120_000);
afterAll(async () => {
  await desk.end();
  expect(await system.stop()).toBe(0);
}, 30_000);

// biome-ignore lint/suspicious/noExplicitAny: a client reads what it is told.
type Answer = { status: number; body: any };

async function call(method: string, path: string, token: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${system.api}${path}`, {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
}

async function signIn(email: string, role: string, password?: string): Promise<string> {
  // The admin's password is printed at the start; the open demo lets anybody act as the admin, so it needs none here.
  if (password === undefined) return "";
  const answer = await call("POST", "/api/auth/login/", "", { email, password });
  expect(answer).toMatchObject({ status: 200, body: { user: { role } } });
  return answer.body.access;
}

const pull = (token: string) => call("GET", "/api/agent/tickets/assign/", token);
const create = (n: number) =>
  call("POST", "/api/admin/tickets/", tokens.admin, { title: `Ticket ${n}`, description: `Question number ${n}` });

test("an admin creates 40, two agents pull 15 each, sell three, and pull three more", async () => {
  const made = [];
  for (let n = 1; n <= 40; n++) made.push(await create(n));
  expect(new Set(made.map((answer) => answer.status))).toEqual(new Set([201]));
  await until(
    async () =>
      (await desk.query("SELECT 1 FROM tickets WHERE scored_at IS NULL OR routed_at IS NULL")).rows.length === 0,
    "all to be scored and routed",
    30_000,
  );
  const { rows } = await desk.query("SELECT id FROM tickets WHERE status = 'unassigned' ORDER BY due_at, id");
  const order = rows.map((row) => Number(row.id));
  expect(order).toHaveLength(40);

  const first = await pull(tokens.first);
  expect(first.body).toMatchObject({ assigned_tickets: order.slice(0, 15), count: 15, capacity: 15 });
  const second = await pull(tokens.second);
  expect(second.body).toMatchObject({ assigned_tickets: order.slice(15, 30), count: 15 });
  expect((await pull(tokens.first)).body).toMatchObject({ assigned_tickets: order.slice(0, 15), newly_assigned: [] });

  for (const id of order.slice(0, 3)) {
    const sold = await call("POST", `/api/agent/tickets/sell/${id}/`, tokens.first);
    expect(sold).toMatchObject({ status: 200, body: { id, status: "sold", is_sold: true } });
  }
  expect((await pull(tokens.first)).body).toMatchObject({ newly_assigned: order.slice(30, 33), count: 15 });
  expect(await call("POST", `/api/agent/tickets/sell/${order[15]}/`, tokens.first)).toMatchObject({
    status: 403,
    body: { status: "not_assigned_to_you", by: "second" },
  });
  for (const path of ["/api/admin/tickets/", `/api/admin/tickets/${order[0]}/`]) {
    expect((await call("GET", path, tokens.first)).status).toBe(403);
  }
});

test("an agent that comes online is given its fill at once; when it is gone, others get its work, its age kept", async () => {
  await desk.query(
    "UPDATE tickets SET status = 'closed', closed_at = now(), version = version + 1 WHERE status <> 'closed'",
  );
  for (let n = 1; n <= 20; n++) await create(100 + n);
  const held = async (agent: number) =>
    (
      await desk.query(
        "SELECT id, due_at, assigned_at FROM tickets WHERE assignee_id = $1 AND status = 'in_progress' ORDER BY id",
        [agent],
      )
    ).rows;
  await until(
    async () =>
      (await desk.query("SELECT 1 FROM tickets WHERE routed_at IS NULL AND status = 'unassigned'")).rows.length === 0,
    "all to be routed",
    30_000,
  );
  const live = new LiveClient({ socket: clientSocket, onFrame: () => undefined });
  live.connect(system.socket, { token: tokens.first });
  await until(async () => (await held(agents.first)).length === 15, "fifteen to be pushed", 10_000);
  const before = await held(agents.first);
  const { rows: online } = await desk.query("SELECT availability, availability_by FROM agents WHERE id = $1", [
    agents.first,
  ]);
  expect(online[0]).toEqual({ availability: "online", availability_by: "socket" });

  // Its process dies; the desk's clock is put on by more than the lease.
  live.close();
  await desk.query("UPDATE system SET gap_ended_at = now() - interval '2 hours'");
  await until(
    async () => {
      await desk.query(
        `UPDATE agent_liveness SET last_seen_at = now() - interval '1 hour', online_until = now() - interval '1 hour'
         WHERE agent_id = $1`,
        [agents.first],
      );
      return (await held(agents.first)).length === 0;
    },
    "its tickets to be taken back",
    20_000,
  );
  const { rows: gone } = await desk.query("SELECT availability FROM agents WHERE id = $1", [agents.first]);
  expect(gone[0]).toEqual({ availability: "offline" });
  expect((await call("PUT", "/api/agents/me/availability/", tokens.second, { availability: "online" })).status).toBe(
    200,
  );
  await until(async () => (await held(agents.second)).length === 15, "fifteen to be pushed to the other", 10_000);
  const after = await held(agents.second);
  const { rows: kept } = await desk.query("SELECT id, due_at FROM tickets WHERE id = ANY($1) ORDER BY id", [
    before.map((row) => row.id),
  ]);
  expect(kept.map((row) => row.due_at)).toEqual(before.map((row) => row.due_at));
  expect(after.filter((row) => before.some((old) => old.id === row.id)).length).toBeGreaterThan(0);
});
