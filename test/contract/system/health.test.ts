import { afterAll, beforeAll, expect, it } from "vitest";
import { readySchema } from "../../../src/contract/http/health.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("healthz: 200 for anybody", async () => {
  const answer = await api.call("GET", "/healthz");
  expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
});

it("readyz: 200 with the time of each part", async () => {
  const answer = await api.call("GET", "/readyz");
  expect(answer.status).toBe(200);
  const ready = readySchema.parse(answer.body);
  expect(ready).toMatchObject({ status: "ready", database: { ok: true }, queue: { ok: true }, bus: { ok: true } });
  expect(ready.database.latency_ms).toBeGreaterThan(0);
});

it("readyz: 503 and which part is away, and 200 again when it is back", async () => {
  const { bus, pingQueue } = api.deps;
  api.deps.pingQueue = () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.9:6379"));
  const away = await api.call("GET", "/readyz");
  expect(away.status).toBe(503);
  expect(away.body).toMatchObject({
    status: "unavailable",
    database: { ok: true },
    queue: { ok: false },
    bus: { ok: true },
  });
  expect(JSON.stringify(away.body)).not.toContain("10.0.0.9");
  api.deps.pingQueue = pingQueue;
  api.deps.bus = { ...bus, ping: () => new Promise(() => undefined) };
  const silent = await api.call("GET", "/readyz");
  expect([silent.status, silent.body.bus.ok]).toEqual([503, false]);
  api.deps.bus = bus;
  expect((await api.call("GET", "/readyz")).status).toBe(200);
});

it("metrics: for an admin and for METRICS_TOKEN, by the route's pattern", async () => {
  await api.call("GET", "/api/messages/4711/", undefined, { token: api.tokens.admin });
  const byAdmin = await api.call("GET", "/metrics", undefined, { token: api.tokens.admin });
  expect(byAdmin.status).toBe(200);
  expect(byAdmin.headers.get("content-type")).toContain("text/plain");
  const counts = (byAdmin.body as string).split("\n").filter((line) => line.includes("request_seconds_count"));
  expect(counts.find((line) => line.includes('route="/api/messages/{id}/",status="404"'))).toMatch(/ 1$/);
  expect(byAdmin.body).not.toContain("4711");
  const byToken = await api.call("GET", "/metrics", undefined, { token: "metrics-token-of-a-test" });
  expect(byToken.status).toBe(200);
});

it("metrics: 401 without a token or with another, 403 for an agent", async () => {
  expect((await api.call("GET", "/metrics")).body.status).toBe("unauthorized");
  expect((await api.call("GET", "/metrics", undefined, { token: "metrics-token-of-a-tesT" })).status).toBe(401);
  expect((await api.call("GET", "/metrics", undefined, { token: api.tokens.agent })).body.status).toBe("forbidden");
  const elsewhere = await api.call("GET", "/api/users/", undefined, { token: "metrics-token-of-a-test" });
  expect(elsewhere.status).toBe(401);
});
