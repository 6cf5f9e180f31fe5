import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it.each(["queues", "agents", "stages"])("%s: 401 without a token, 403 for a customer, 405 for a POST", async (what) => {
  const path = `/api/stats/${what}/`;
  expect((await api.call("GET", path)).body.status).toBe("unauthorized");
  expect((await api.call("GET", path, undefined, { token: api.tokens.customer })).body.status).toBe("forbidden");
  expect((await api.call("POST", path, {}, { token: api.tokens.admin })).status).toBe(405);
});

it("400 for a cursor that no list gave out", async () => {
  const answer = await api.call("GET", "/api/stats/agents/?cursor=xyz", undefined, { token: api.tokens.agent });
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_query"]);
});
