import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("404 not_found for an unknown path, without asking for a token", async () => {
  for (const path of ["/api/", "/api/nothing", "/api/messages/1/nothing", "/api//messages", "/healthz/x", "/%00"]) {
    const answer = await api.call("GET", path);
    expect([answer.status, answer.body.status]).toEqual([404, "not_found"]);
  }
});

it.each([
  ["DELETE", "/api/messages/", "GET, HEAD, POST"],
  ["PUT", "/api/messages/1/claim", "POST"],
  ["POST", "/api/canned/1/", "DELETE, GET, HEAD, PATCH, PUT"],
  ["POST", "/healthz", "GET, HEAD"],
  ["OPTIONS", "/api/messages", "GET, HEAD, POST"],
])("405 with Allow: %s %s", async (method, path, allow) => {
  const answer = await api.call(method, path);
  expect([answer.status, answer.body.status]).toEqual([405, "method_not_allowed"]);
  expect(answer.headers.get("allow")).toBe(allow);
});

it("a trailing slash is optional, and nothing is redirected", async () => {
  const token = api.tokens.agent;
  for (const path of ["/api/messages", "/api/canned", "/api/agents", "/healthz", "/api/agents/1", "/docs"]) {
    for (const slash of ["", "/"]) expect((await api.call("GET", path + slash, undefined, { token })).status).toBe(200);
  }
});

it("HEAD is GET without a body", async () => {
  const answer = await api.call("HEAD", "/healthz");
  expect([answer.status, answer.body]).toEqual([200, ""]);
});

it("413 too_large, before anything is read out of it", async () => {
  const answer = await api.call(
    "POST",
    "/api/messages/",
    { user_id: "U001", body: "x".repeat(70_000) },
    { token: api.tokens.admin },
  );
  expect([answer.status, answer.body.status]).toEqual([413, "too_large"]);
});

it("X-Request-Id: the caller's when it is a valid one, else a new one, on every kind of answer", async () => {
  const given = await api.call("GET", "/healthz", undefined, { headers: { "x-request-id": "My.id_1-2" } });
  expect(given.headers.get("x-request-id")).toBe("My.id_1-2");
  for (const bad of ["a b", "x".repeat(129), "a\u00e9", "a;b"]) {
    const answer = await api.call("GET", "/healthz", undefined, { headers: { "x-request-id": bad } });
    expect(answer.headers.get("x-request-id")).toMatch(/^[A-Za-z0-9_-]{16}$/);
  }
  const seen = new Set<string | null>();
  const paths = [
    "/nothing",
    "/api/messages",
    "/docs",
    "/openapi.json",
    "/",
    "/docs/swagger-ui.css",
    "/metrics",
    "/healthz",
  ];
  for (const path of paths) seen.add((await api.call("GET", path)).headers.get("x-request-id"));
  seen.add((await api.call("DELETE", "/healthz")).headers.get("x-request-id"));
  expect(seen.size).toBe(paths.length + 1);
  expect(seen.has(null)).toBe(false);
});

it("the request id reaches the event that the request caused", async () => {
  const headers = { "x-request-id": "from-the-caller" };
  const sent = { user_id: "U001", body: "hello" };
  await api.call("POST", "/api/messages/", sent, { token: api.tokens.admin, headers });
  const { rows } = await api.db.pool.query(
    "SELECT count(*)::int AS n FROM outbox WHERE request_id = 'from-the-caller'",
  );
  expect(rows[0].n).toBeGreaterThan(0);
});

it("one line in the log for a request: the pattern of its route, its ids, no raw query, no text", async () => {
  api.logLines.length = 0;
  await api.call("GET", "/api/messages/4711/?search=secret-words", undefined, { token: api.tokens.agent });
  expect(api.logLines).toHaveLength(1);
  expect(JSON.parse(api.logLines[0] ?? "")).toMatchObject({
    msg: "request",
    method: "GET",
    route: "/api/messages/{id}/",
    status: 404,
    message_id: 4711,
    user_id: 1,
    role: "agent",
    duration_ms: expect.any(Number),
    request_id: expect.any(String),
  });
  expect(api.logLines[0]).not.toContain("secret-words");
});
