import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const claim = (id: number | string, agentId: number) =>
  api.call("POST", `/api/messages/${id}/claim/`, { agent_id: agentId }, { token: api.tokens.agent });

it.each(["999999", "abc", "-1", "1.5", "0", "99999999999999999999", "1e3", "%00", "1%20"])(
  "knows no message %s",
  async (id) => {
    const answer = await claim(id, people.agent);
    expect(answer.status).toBe(404);
    expect(answer.body.status).toBe("message_not_found");
  },
);

it("says that an agent is not there, before it says that it is another's", async () => {
  const answer = await claim(await api.message(), 4711);
  expect(answer.status).toBe(404);
  expect(answer.body.status).toBe("agent_not_found");
});

it("knows no agent in an admin or a customer", async () => {
  const id = await api.message();
  for (const agent_id of [people.admin, people.customer]) {
    const answer = await api.call("POST", `/api/messages/${id}/claim/`, { agent_id }, { token: api.tokens.admin });
    expect(answer.body.status).toBe("agent_not_found");
  }
});
