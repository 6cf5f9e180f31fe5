import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { claimedMessage } from "../messages/claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const sell = (id: number, token: string, body?: unknown) =>
  api.call("POST", `/api/agent/tickets/sell/${id}/`, body, { token });

it("refuses who does not own it, and says who does", async () => {
  const answer = await sell(await claimedMessage(api), api.tokens.agent2);
  expect(answer).toMatchObject({ status: 403, body: { status: "not_assigned_to_you", by: "Agent 1" } });
});

it("refuses a ticket that nobody owns", async () => {
  const answer = await sell(await api.message(), api.tokens.agent);
  expect(answer).toMatchObject({ status: 403, body: { status: "not_assigned_to_you", by: "" } });
});

it("refuses an agent that sells for another, a customer, and an admin for one who has it not", async () => {
  const id = await claimedMessage(api);
  expect((await sell(id, api.tokens.agent2, { agent_id: people.agent })).body.status).toBe("not_your_agent");
  expect((await sell(id, api.tokens.customer)).body.status).toBe("forbidden");
  expect((await sell(id, api.tokens.admin, { agent_id: people.agent2 })).body.status).toBe("not_assigned_to_you");
});
