import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("knows no such message and no such agent", async () => {
  const noMessage = await act(api, 999_999, "reply", { agent_id: people.agent, text: "x" });
  expect([noMessage.status, noMessage.body.status]).toEqual([404, "message_not_found"]);
  const noAgent = await act(api, await claimedMessage(api), "reply", { agent_id: 4711, text: "x" });
  expect([noAgent.status, noAgent.body.status]).toEqual([404, "agent_not_found"]);
});
