import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const claim = (id: number, agentId: number, token: string) =>
  api.call("POST", `/api/messages/${id}/claim/`, { agent_id: agentId }, { token });

it("tells the loser who won", async () => {
  const id = await api.message();
  await claim(id, people.agent, api.tokens.agent);
  const answer = await claim(id, people.agent2, api.tokens.agent2);
  expect(answer.status).toBe(409);
  expect(answer.body).toEqual({
    status: "already_claimed",
    detail: expect.any(String),
    by: "Agent 1",
    agent_id: people.agent,
    version: 2,
  });
});

it("says that a message is closed, to its owner too", async () => {
  const id = await api.message();
  await claim(id, people.agent, api.tokens.agent);
  await api.call(
    "POST",
    `/api/messages/${id}/reply`,
    { agent_id: people.agent, text: "done" },
    { token: api.tokens.agent },
  );
  for (const [agentId, token] of [
    [people.agent, api.tokens.agent],
    [people.agent2, api.tokens.agent2],
  ] as const) {
    const answer = await claim(id, agentId, token);
    expect(answer.status).toBe(409);
    expect(answer.body.status).toBe("already_closed");
  }
});

it("says that an agent is full, but first that somebody else has it", async () => {
  await api.db.pool.query("UPDATE agents SET capacity = 0 WHERE id = $1", [people.agent2]);
  const id = await api.message();
  const full = await claim(id, people.agent2, api.tokens.agent2);
  expect(full.status).toBe(409);
  expect(full.body).toMatchObject({ status: "at_capacity", held: 0, capacity: 0 });
  await claim(id, people.agent, api.tokens.agent);
  expect((await claim(id, people.agent2, api.tokens.agent2)).body.status).toBe("already_claimed");
});
