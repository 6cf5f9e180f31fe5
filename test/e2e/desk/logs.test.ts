import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient, refusal } from "../../integration/realtime/raw-client.js";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";

/** Whatever is shown to the desk as a secret, and however, is in no log of any of its processes. */
let system: RunningSystem;
const metricsToken = `metrics-${randomBytes(16).toString("hex")}`;
beforeAll(async () => {
  system = await startRunningSystem({
    args: ["--no-demo"],
    env: { LOG_LEVEL: "trace", METRICS_TOKEN: metricsToken, TRUST_PROXY: "1" },
  });
}, 120_000);
afterAll(() => system.stop(), 30_000);

const secrets = new Set<string>([metricsToken]);
function secret(text: unknown): string {
  if (typeof text !== "string" || text.length < 8) throw new Error(`no secret: ${JSON.stringify(text)}`);
  secrets.add(text);
  return text;
}
const made = (prefix: string) => secret(`${prefix}${randomBytes(12).toString("hex")}`);

async function call(method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  const answer = await fetch(`${system.api}${path}`, {
    method,
    redirect: "manual",
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.startsWith("application/json") && text !== "";
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test("no token, key or password reaches a log, in a header, a query, a subprotocol, a body or a frame", async () => {
  const password = made("correct horse ");
  const email = "eve@example.test";
  const user = await call("POST", "/api/users/", {}, { role: "admin", name: "Eve", email, password });
  expect(user.status).toBe(201);

  // Signing in, wrongly too, and in bodies that are not understood.
  const login = await call("POST", "/api/auth/login/", {}, { email, password });
  expect(login.status).toBe(200);
  const access = secret(login.body.access);
  const wrong = made("wrong password ");
  expect((await call("POST", "/api/auth/login/", {}, { email, password: wrong })).status).toBe(401);
  expect((await call("POST", "/api/auth/login/", {}, `{"password":"${made("broken ")}`)).status).toBe(400);
  expect((await call("POST", "/api/auth/login/", {}, { email: [made("odd ")], password: 1 })).status).toBe(400);
  const renewed = await call("POST", "/api/auth/refresh/", {}, { refresh: secret(login.body.refresh) });
  expect(renewed.status).toBe(200);
  const fresh = secret(renewed.body.access);
  secret(renewed.body.refresh);
  expect((await call("POST", "/api/auth/refresh/", {}, { refresh: made("refresh-") })).status).toBe(401);

  // Keys and tokens in headers, good ones and others.
  const key = await call(
    "POST",
    "/api/api-keys/",
    { ...bearer(fresh), "idempotency-key": made("idem-") },
    { name: "shop" },
  );
  expect(key.status).toBe(201);
  const message = { user_id: "U1", body: "hello" };
  expect((await call("POST", "/api/messages/", { "x-api-key": secret(key.body.key) }, message)).status).toBe(201);
  expect((await call("POST", "/api/messages/", { "x-api-key": made("sb_") }, message)).status).toBe(401);
  expect((await call("GET", "/api/users/", bearer(access))).status).toBe(200);
  expect((await call("GET", "/api/users/", bearer(made("guess-")))).status).toBe(401);
  expect((await call("GET", "/api/users/", bearer(`${access.slice(0, -4)}AAAA`))).status).toBe(401);
  secrets.add(access.split(".")[2] ?? "");
  expect((await call("GET", "/api/users/", { authorization: made("Basic ") })).status).toBe(401);
  expect((await call("GET", "/metrics", bearer(metricsToken))).status).toBe(200);

  // In queries, of what takes one there and of what does not.
  const board = await call("GET", `/admin/queues/?token=${fresh}`);
  expect(board.status).toBe(303);
  const cookie = String(board.headers.get("set-cookie")).split(";", 1)[0] ?? "";
  expect((await call("GET", "/admin/queues/", { cookie })).status).toBe(200);
  expect((await call("GET", `/admin/queues/?token=${made("query-")}`)).status).toBe(401);
  for (const path of ["/api/messages/", "/nowhere/", "/docs", "/api/messages/x/"]) {
    expect((await call("GET", `${path}?token=${made("query-")}&access=${fresh}`)).status).toBeLessThan(500);
  }

  // Sockets: query, subprotocol, header, frame.
  const sockets = [
    await new RawClient(`${system.socket}?token=${fresh}`).opened(),
    await new RawClient(system.socket, ["bearer", fresh]).opened(),
    await new RawClient(system.socket, [], bearer(fresh)).opened(),
  ];
  const [one] = sockets;
  one?.send({ type: "auth", token: fresh });
  await until(() => one?.frames.some(({ type }) => type === "auth"), "the answer to auth");
  one?.send({ type: "auth", token: made("frame-") });
  one?.send(`{"type":"auth","token":"${made("cut-")}`);
  await until(() => (one?.frames.filter(({ type }) => type === "error").length ?? 0) >= 2, "the answers to bad frames");
  expect((await refusal(`${system.socket}?token=${made("query-")}`)).status).toBe(401);
  expect((await refusal(system.socket, ["bearer", made("protocol-")])).status).toBe(401);
  expect((await refusal(`${system.socket.replace("/agents/", "/nowhere/")}?token=${fresh}`)).status).toBe(404);
  for (const { socket } of sockets) socket.close();

  const last = `last-${randomBytes(6).toString("hex")}`;
  await call(
    "POST",
    "/api/auth/logout/",
    { ...bearer(fresh), "x-request-id": last },
    { refresh: renewed.body.refresh },
  );
  await until(() => system.output().includes(last), "the line of the last request");
  await until(() => (system.output().match(/"msg":"socket"/g)?.length ?? 0) >= 3, "the lines of the sockets");

  const output = system.output();
  // Every call has left its line, and no line has a secret in it.
  expect(output.match(/"msg":"request"/g)?.length).toBeGreaterThan(20);
  expect(output.match(/"status":401/g)?.length).toBeGreaterThan(5);
  for (const text of secrets) {
    const at = output.indexOf(text);
    expect(at === -1 ? null : output.slice(Math.max(0, at - 300), at + 20)).toBeNull();
  }
}, 120_000);
