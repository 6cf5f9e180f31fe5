import { afterAll, beforeAll, expect, it } from "vitest";
import { createApp } from "../../../src/api/app.js";
import { health } from "../../../src/api/routes/system/health.js";
import type { Permission } from "../../../src/domain/policy.js";
import { createMetrics } from "../../../src/runtime/metrics.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("a route that no row of the policy speaks of does not start", () => {
  const { policy: _, ...bare } = { ...health, path: "/api/bare/" };
  const unknown = { ...health, path: "/api/unknown/", policy: "message.anything" as Permission };
  expect(() => createApp(api.deps, [health, bare as typeof health])).toThrow("get /api/bare/ has no policy");
  expect(() => createApp(api.deps, [unknown])).toThrow("get /api/unknown/ has no policy");
  expect(() => createApp({ ...api.deps, metrics: createMetrics("api-test-2") }, [health])).not.toThrow();
});

it("the document says of each route who may call it", async () => {
  const { body } = await api.call("GET", "/openapi.json");
  expect(body.paths["/api/messages/"].post.description).toBe("For customer, admin, a server with an API key.");
  expect(body.paths["/api/messages/{id}/claim/"].post.description).toBe("For agent, admin.");
  expect(body.paths["/healthz"].get.description).toBe("For anybody.");
});

it("who may not call is told 403 before anything is said of the id, the query or the body", async () => {
  const { customer, agent } = api.tokens;
  for (const [token, method, path, body] of [
    [customer, "GET", "/api/users/?limit=0"],
    [customer, "GET", "/api/admin/tickets/-913/"],
    [agent, "DELETE", "/api/agents/-968/"],
    [customer, "POST", "/api/canned/", { title: 1 }],
    [agent, "POST", "/api/users/", { role: "nobody" }],
  ] as const) {
    const answer = await api.call(method, path, body, { token });
    expect([path, answer.status, answer.body.status]).toEqual([path, 403, "forbidden"]);
  }
});
