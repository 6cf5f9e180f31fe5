import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";
import { claimedMessage } from "../messages/claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it.each(["999999", "x", "-1", "0"])("knows no ticket %s", async (id) => {
  const answer = await api.call("POST", `/api/agent/tickets/sell/${id}/`, undefined, { token: api.tokens.agent });
  expect([answer.status, answer.body.status]).toEqual([404, "ticket_not_found"]);
});

it("knows no such agent, nor one in an admin who names none", async () => {
  const id = await claimedMessage(api);
  for (const [token, body] of [
    [api.tokens.agent, { agent_id: 4711 }],
    [api.tokens.admin, undefined],
  ] as const) {
    const answer = await api.call("POST", `/api/agent/tickets/sell/${id}/`, body, { token });
    expect([answer.status, answer.body.status]).toEqual([404, "agent_not_found"]);
  }
});
