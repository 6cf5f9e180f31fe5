import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());
beforeEach(() => api.db.pool.query("DELETE FROM conversations"));

const path = "/api/agent/tickets/assign/";
const messages = async (count: number) => {
  const ids: number[] = [];
  for (let n = 0; n < count; n++) ids.push(await api.message(`Question ${n}`));
  return ids;
};

it("gives fifteen in queue order, and the same list again", async () => {
  const ids = await messages(18);
  const first = await api.call("GET", path, undefined, { token: api.tokens.agent });
  expect(first.status).toBe(200);
  expect(first.headers.get("cache-control")).toBe("no-store");
  expect(first.body).toMatchObject({
    assigned_tickets: ids.slice(0, 15),
    newly_assigned: ids.slice(0, 15),
    count: 15,
    capacity: 15,
  });
  expect(first.body.tickets[0]).toEqual({
    id: ids[0],
    title: "",
    description: "Question 0",
    status: "assigned",
    is_sold: false,
    urgency: null,
    due_at: expect.any(String),
    assigned_to: people.agent,
    assigned_at: expect.any(String),
    version: 2,
    created_at: expect.any(String),
  });
  const again = await api.call("POST", path, undefined, { token: api.tokens.agent });
  expect(again.body).toMatchObject({ assigned_tickets: ids.slice(0, 15), newly_assigned: [], count: 15 });
  const other = await api.call("GET", path, undefined, { token: api.tokens.agent2 });
  expect(other.body).toMatchObject({ assigned_tickets: ids.slice(15), count: 3 });
});

it("tops up what was answered", async () => {
  const ids = await messages(16);
  await api.call("GET", path, undefined, { token: api.tokens.agent });
  await api.call(
    "POST",
    `/api/messages/${ids[0]}/reply/`,
    { agent_id: people.agent, text: "Done." },
    { token: api.tokens.agent },
  );
  const answer = await api.call("GET", path, undefined, { token: api.tokens.agent });
  expect(answer.body).toMatchObject({ newly_assigned: [ids[15]], assigned_tickets: ids.slice(1) });
});

it("answers an empty list when nothing waits", async () => {
  const answer = await api.call("GET", path, undefined, { token: api.tokens.agent });
  expect(answer).toMatchObject({
    status: 200,
    body: { assigned_tickets: [], tickets: [], count: 0, newly_assigned: [] },
  });
});

it("lets an admin pull for any agent", async () => {
  const ids = await messages(1);
  const answer = await api.call("POST", path, { agent_id: String(people.agent2) }, { token: api.tokens.admin });
  expect(answer).toMatchObject({ status: 200, body: { newly_assigned: ids } });
});
