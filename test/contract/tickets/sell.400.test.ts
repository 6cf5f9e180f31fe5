import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it.each(["x", "", -1, 1.5, true, null, [1], "1\0"])("refuses the agent_id %j", async (agent_id) => {
  const id = await api.message();
  const answer = await api.call("POST", `/api/agent/tickets/sell/${id}/`, { agent_id }, { token: api.tokens.agent });
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_agent_id"]);
});

it("refuses one in the query", async () => {
  const answer = await api.call("POST", "/api/agent/tickets/sell/1/?agent_id=x", undefined, {
    token: api.tokens.agent,
  });
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_query"]);
});
