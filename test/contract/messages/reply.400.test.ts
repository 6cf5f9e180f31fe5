import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";
import { act } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it.each([
  ["no text", { agent_id: 1 }, "empty_reply"],
  ["a blank text", { agent_id: 1, text: "  \n" }, "empty_reply"],
  ["zero-width characters only", { agent_id: 1, text: "\u200b\u2060" }, "empty_reply"],
  ["a text that is a number", { agent_id: 1, text: 5 }, "empty_reply"],
  ["10,001 characters", { agent_id: 1, text: "x".repeat(10_001) }, "invalid_body"],
  ["NUL", { agent_id: 1, text: "a\0" }, "invalid_body"],
  ["half of a surrogate pair", { agent_id: 1, text: "\udc00" }, "invalid_body"],
  ["no agent", { text: "hello" }, "invalid_agent_id"],
  ["an agent that is a name", { agent_id: "x", text: "" }, "invalid_agent_id"],
  ["a version that is a text", { agent_id: 1, text: "x", version: "2" }, "invalid_body"],
  ["a version beyond all versions", { agent_id: 1, text: "x", version: 2 ** 31 }, "invalid_body"],
  ["keep_open that is a text", { agent_id: 1, text: "x", keep_open: "yes" }, "invalid_body"],
])("refuses %s, before it looks for the message", async (_, body, code) => {
  const answer = await act(api, 999_999, "reply", body);
  expect(answer.status).toBe(400);
  expect(answer.body.status).toBe(code);
  expect(answer.body.errors.length).toBeGreaterThan(0);
});
