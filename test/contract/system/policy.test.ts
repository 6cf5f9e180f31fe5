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
