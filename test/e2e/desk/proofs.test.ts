import { request } from "node:http";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/runtime/config.js";
import { runCli } from "../../integration/cli/run-cli.js";
import { RawClient, refusal } from "../../integration/realtime/raw-client.js";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";

/** What issue "Who may do what" shows, on the whole system and from outside. */
let system: RunningSystem;
let settings: Record<string, string>;
beforeAll(async () => {
  system = await startRunningSystem({ args: ["--no-demo"] });
  const { port } = new URL(system.api);
  settings = { DATA_DIR: system.dataDir, PORT: port, RELAY_PORT: system.env.RELAY_PORT ?? "" };
}, 120_000);
afterAll(() => system.stop(), 30_000);

/** What there is of a table's rows: a desk that was just started has its first admin and six queues. */
const nothing = { users: 1, tickets: 0, conversations: 0, canned_replies: 0, queues: 6, api_keys: 0 };
async function left(): Promise<Record<string, number>> {
  const client = new pg.Client({ connectionString: loadConfig({ DATA_DIR: system.dataDir }).databaseUrl });
  await client.connect();
  try {
    const counts = Object.keys(nothing).map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
    const { rows } = await client.query<Record<string, number>>(`SELECT ${counts.join(", ")}`);
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
}

test("verify isolation holds, and leaves nobody behind", { timeout: 180_000 }, async () => {
  const result = await runCli(["verify", "isolation", "--fuzz", "1000", "--json"], settings);
  const figures = result.json<{ holds: boolean; requests: number; shown: unknown[]; sockets: { frames: number } }>();
  expect(figures.shown, result.stderr).toEqual([]);
  expect([result.code, figures.holds, figures.requests]).toEqual([0, true, 1000]);
  expect(figures.sockets.frames).toBeGreaterThan(50);
  expect(await left()).toEqual(nothing);
});

test("verify idempotency holds, with the API killed in between", { timeout: 300_000 }, async () => {
  const args = ["verify", "idempotency", "--replays", "4", "--parallel", "5", "--kills", "3", "--json"];
  const result = await runCli(args, settings);
  const figures = result.json<{ holds: boolean; findings: string[]; routes: unknown[]; kills: { kills: number } }>();
  expect(figures.findings, result.stderr).toEqual([]);
  expect([result.code, figures.holds, figures.kills.kills]).toEqual([0, true, 3]);
  expect(figures.routes.length).toBeGreaterThan(25);
  expect(await left()).toEqual(nothing);
});

describe("a token that ends during a socket's life", () => {
  const token = async (ttlS: number) => {
    const { json } = await runCli(["user", "token", "--role", "admin", "--ttl", String(ttlS), "--json"], settings);
    return json<{ token: string }>().token;
  };
  const endOf = (jwt: string) =>
    (JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as { exp: number }).exp * 1000;

  test("4401 within a second of its end; with an auth frame before that it lives on", { timeout: 60_000 }, async () => {
    const [short, long] = [await token(10), await token(300)];
    const dies = await new RawClient(`${system.socket}?token=${short}`).opened();
    const lives = await new RawClient(`${system.socket}?token=${short}`).opened();
    lives.send({ type: "auth", token: long });
    await until(() => lives.frames.some(({ type }) => type === "auth"), "the answer to auth");
    const { code } = await until(() => dies.closed, "the close", 20_000);
    expect(code).toBe(4401);
    expect(Math.abs(Date.now() - endOf(short))).toBeLessThan(1000);
    lives.send({ type: "ping" });
    await until(() => lives.frames.some(({ type }) => type === "pong"), "a pong after the end of the first token");
    expect(lives.closed).toBeNull();
    lives.socket.close();
  });
});

describe("a page of another site cannot use the open demo", () => {
  /** Sends exactly these headers, the Host too, as a browser on another page or behind a rebound name would. */
  const call = (headers: Record<string, string>, method = "GET") =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(system.api);
      const sent = request({ hostname, port, method, path: "/api/messages/", headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.on("error", reject);
      sent.end(method === "GET" ? undefined : '{"user_id":"U1","body":"from another page"}');
    });
  const foreign: [string, Record<string, string>][] = [
    ["Origin", { origin: "https://elsewhere.example" }],
    ["Origin null", { origin: "null" }],
    ["Sec-Fetch-Site", { "sec-fetch-site": "cross-site" }],
    ["Host", { host: "elsewhere.example" }],
    ["a Host that resolves here", { host: "127.0.0.1.elsewhere.example:8000" }],
  ];

  test.each(foreign)("by %s: 403 over HTTP and on the sockets", async (_, headers) => {
    expect([await call(headers), await call(headers, "POST")]).toEqual([403, 403]);
    expect((await refusal(system.socket, [], headers)).status).toBe(403);
  });

  test("while curl and the own page are let in", async () => {
    const { host, origin } = new URL(system.api);
    expect(await call({})).toBe(200);
    expect(await call({ host, origin, "sec-fetch-site": "same-origin" })).toBe(200);
    const watcher = await new RawClient(system.socket).opened();
    watcher.socket.close();
  });
});
