import { afterAll, beforeAll, expect, it } from "vitest";
import { messageDetailSchema } from "../../../src/contract/http/message-requests.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("shows staff all, and a customer its own without notes", async () => {
  const id = await claimedMessage(api, "help");
  await act(api, id, "notes", { text: "internal" });
  await act(api, id, "reply", { agent_id: people.agent, text: "here you are" });
  const path = `/api/messages/${id}/`;
  const staff = await api.call("GET", path, undefined, { token: api.tokens.agent2 });
  expect(staff.status).toBe(200);
  expect(messageDetailSchema.parse(staff.body).messages).toMatchObject([
    { seq: 1, type: "text", text: "help", sender: { id: people.customer, name: "Cleo", role: "customer" } },
    { seq: 2, type: "note", text: "internal", sender: { id: people.agent } },
    { seq: 3, type: "text", text: "here you are", sender: { role: "agent" }, status: "sent", is_read: false },
  ]);
  const own = await api.call("GET", path, undefined, { token: api.tokens.customer });
  expect(own.body.messages.map((said: { seq: number }) => said.seq)).toEqual([1, 3]);
});

it("gives a stranger the same 404 as for a message that is not there", async () => {
  const id = await api.message("mine", "U001");
  const strange = await api.call("GET", `/api/messages/${id}/`, undefined, { token: api.tokens.customer2 });
  const missing = await api.call("GET", "/api/messages/999999/", undefined, { token: api.tokens.customer2 });
  expect(strange.status).toBe(404);
  expect(strange.body).toEqual(missing.body);
  expect(strange.body.status).toBe("message_not_found");
});
