import { afterAll, beforeAll, expect, it } from "vitest";
import { messageSchema } from "../../../src/contract/http/messages.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("answers the customer and closes the message", async () => {
  const id = await claimedMessage(api);
  const answer = await act(api, id, "reply", { agent_id: people.agent, text: "Within 24 hours." });
  expect(answer.status).toBe(200);
  expect(messageSchema.parse(answer.body)).toMatchObject({
    id,
    status: "closed",
    version: 3,
    assigned_to: people.agent,
    customer: { open_tickets: expect.any(Number) },
    reply: { agent_id: people.agent, text: "Within 24 hours.", canned_id: null, delivery: "pending" },
  });
});

it("keeps the message with keep_open", async () => {
  const id = await claimedMessage(api);
  const answer = await act(api, id, "reply", { agent_id: String(people.agent), text: "Which batch?", keep_open: true });
  expect(answer.body).toMatchObject({ status: "in_progress", version: 2, reply: { text: "Which batch?" } });
});

it("closes with the version that the agent saw", async () => {
  const id = await claimedMessage(api);
  const answer = await act(api, id, "reply", { agent_id: people.agent, text: "Done.", version: 2 });
  expect(answer.body).toMatchObject({ status: "closed", version: 3 });
});
