import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const claim = (id: number | string, agentId: unknown, token = api.tokens.agent) =>
  api.call("POST", `/api/messages/${id}/claim/`, { agent_id: agentId }, { token });

it("gives a waiting message to the agent", async () => {
  const id = await api.message();
  const answer = await claim(id, people.agent);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    status: "claimed",
    message_id: id,
    claimed_by: "Agent 1",
    assigned_to: people.agent,
    version: 2,
  });
  const read = await api.call("GET", `/api/messages/${id}/`, undefined, { token: api.tokens.agent });
  expect(read.body).toMatchObject({ status: "in_progress", assigned_to: people.agent, version: 2 });
  expect(read.body.assigned_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

it("gives the owner the same answer again", async () => {
  const id = await api.message();
  const first = await claim(id, people.agent);
  const again = await claim(id, people.agent);
  expect(again.status).toBe(200);
  expect(again.body).toEqual(first.body);
});

it("takes an id that is a text of digits", async () => {
  const answer = await claim(await api.message(), String(people.agent));
  expect(answer.status).toBe(200);
  expect(answer.body.assigned_to).toBe(people.agent);
});

it("lets an admin act for any agent", async () => {
  const answer = await claim(await api.message(), people.agent2, api.tokens.admin);
  expect(answer.body).toMatchObject({ claimed_by: "Agent 2", assigned_to: people.agent2 });
});
