import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("refuses an agent that claims for another", async () => {
  const id = await api.message();
  const answer = await api.call(
    "POST",
    `/api/messages/${id}/claim/`,
    { agent_id: people.agent2 },
    { token: api.tokens.agent },
  );
  expect(answer.status).toBe(403);
  expect(answer.body.status).toBe("not_your_agent");
});

it("refuses a customer", async () => {
  const id = await api.message();
  const answer = await api.call(
    "POST",
    `/api/messages/${id}/claim/`,
    { agent_id: people.agent },
    { token: api.tokens.customer },
  );
  expect(answer.status).toBe(403);
  expect(answer.body.status).toBe("forbidden");
});
