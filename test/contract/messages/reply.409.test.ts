import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const reply = (id: number, more = {}) =>
  act(api, id, "reply", { agent_id: people.agent, text: "Within 24 hours.", ...more });

it("refuses a message that nobody has claimed", async () => {
  const answer = await reply(await api.message());
  expect([answer.status, answer.body.status]).toEqual([409, "not_claimed"]);
});

it("refuses a second reply", async () => {
  const id = await claimedMessage(api);
  await reply(id);
  const answer = await reply(id);
  expect([answer.status, answer.body.status]).toEqual([409, "already_closed"]);
});

it("does not close over words that its agent has not read, and shows them", async () => {
  const id = await claimedMessage(api);
  const wrote = { body: "and my card is stolen", reply_to: id };
  await api.call("POST", "/api/messages/", wrote, { token: api.tokens.customer });
  const answer = await reply(id, { version: 2 });
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({
    status: "stale_version",
    version: 3,
    messages: [{ seq: 2, text: "and my card is stolen" }],
  });
  expect((await reply(id, { version: 3 })).status).toBe(200);
});
