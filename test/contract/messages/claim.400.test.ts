import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it.each([
  ["no agent_id", {}],
  ["a name", { agent_id: "Agent 1" }],
  ["an empty text", { agent_id: "" }],
  ["a text with a space", { agent_id: " 1" }],
  ["a negative number", { agent_id: -1 }],
  ["a fraction", { agent_id: 1.5 }],
  ["true", { agent_id: true }],
  ["null", { agent_id: null }],
  ["a list", { agent_id: [1] }],
  ["more digits than an id has", { agent_id: "99999999999999999999" }],
  ["a number beyond all ids", { agent_id: 1e300 }],
  ["NUL", { agent_id: "1\0" }],
])("refuses %s, before it looks for the message", async (_, body) => {
  const answer = await api.call("POST", "/api/messages/999999/claim/", body, { token: api.tokens.agent });
  expect(answer.status).toBe(400);
  expect(answer.body.status).toBe("invalid_agent_id");
  expect(answer.body.errors[0].path).toBe("body.agent_id");
});
