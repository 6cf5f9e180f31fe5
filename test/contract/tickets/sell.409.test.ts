import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { claimedMessage } from "../messages/claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const sell = (id: number, token = api.tokens.agent) =>
  api.call("POST", `/api/agent/tickets/sell/${id}/`, undefined, { token });

it("refuses a ticket that is sold already, to its owner and to another", async () => {
  const id = await claimedMessage(api);
  await sell(id);
  for (const token of [api.tokens.agent, api.tokens.agent2]) {
    expect(await sell(id, token)).toMatchObject({ status: 409, body: { status: "already_closed" } });
  }
});

it("refuses one that was answered", async () => {
  const id = await claimedMessage(api);
  const reply = { agent_id: people.agent, text: "Done." };
  await api.call("POST", `/api/messages/${id}/reply/`, reply, { token: api.tokens.agent });
  expect(await sell(id)).toMatchObject({ status: 409, body: { status: "already_closed" } });
});

it("of two at once one sells it", async () => {
  const id = await claimedMessage(api);
  const answers = await Promise.all([sell(id), sell(id)]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
});
