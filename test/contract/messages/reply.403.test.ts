import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("refuses an agent that does not own the message, and says who does", async () => {
  const id = await claimedMessage(api);
  const body = { agent_id: people.agent2, text: "mine" };
  const answer = await act(api, id, "reply", body, api.tokens.agent2);
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({ status: "not_assigned_to_you", by: "Agent 1" });
});

it("refuses an agent that replies as the owner", async () => {
  const id = await claimedMessage(api);
  const answer = await act(api, id, "reply", { agent_id: people.agent, text: "mine" }, api.tokens.agent2);
  expect(answer.status).toBe(403);
  expect(answer.body.status).toBe("not_your_agent");
});
