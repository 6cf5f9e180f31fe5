import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());
beforeEach(() => api.db.pool.query("DELETE FROM outbox"));

const remove = (id: number) => api.call("DELETE", `/api/admin/tickets/${id}/`, undefined, { token: api.tokens.admin });
const told = async (id: number) =>
  (
    await api.db.pool.query(
      "SELECT stream, stage FROM outbox WHERE type = 'message_deleted' AND (payload->>'message_id')::bigint = $1",
      [id],
    )
  ).rows;
const customer = async () =>
  (await api.db.pool.query("SELECT open_tickets, total_tickets FROM customers WHERE user_id = 'U001'")).rows[0];

it("removes a waiting ticket, what was said, and its count", async () => {
  const id = await api.message();
  expect(await customer()).toEqual({ open_tickets: 1, total_tickets: 1 });
  expect((await remove(id)).status).toBe(204);
  expect(await told(id)).toEqual([{ stream: "agents", stage: null }]);
  expect(await customer()).toEqual({ open_tickets: 0, total_tickets: 0 });
  expect((await api.db.pool.query("SELECT 1 FROM messages")).rows).toEqual([]);
  const again = await remove(id);
  expect([again.status, again.body.status]).toEqual([404, "ticket_not_found"]);
});

it("removes an owned one: its assignee is told, and has room again", async () => {
  const id = await api.message();
  await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }, { token: api.tokens.agent });
  expect((await remove(id)).status).toBe(204);
  expect(await told(id)).toEqual([{ stream: "agents", stage: "assign" }]);
  const agent = await api.call("GET", `/api/agents/${people.agent}/`, undefined, { token: api.tokens.agent });
  expect(agent.body.open_tickets).toBe(0);
});

it("removes an answered one with its reply and delivery", async () => {
  const id = await api.message();
  await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }, { token: api.tokens.agent });
  const reply = { agent_id: people.agent, text: "Done." };
  await api.call("POST", `/api/messages/${id}/reply/`, reply, { token: api.tokens.agent });
  expect((await remove(id)).status).toBe(204);
  expect((await api.db.pool.query("SELECT 1 FROM deliveries")).rows).toEqual([]);
});

it("of a conversation with other tickets it removes only the ticket", async () => {
  const id = await api.message();
  await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }, { token: api.tokens.agent });
  const reply = { agent_id: people.agent, text: "Done." };
  await api.call("POST", `/api/messages/${id}/reply/`, reply, { token: api.tokens.agent });
  await api.db.pool.query("UPDATE tickets SET closed_at = now() - interval '100 hours' WHERE id = $1", [id]);
  const more = { user_id: "U001", body: "Me again", reply_to: id };
  const next = (await api.call("POST", "/api/messages/", more, { token: api.tokens.admin })).body.id;
  expect(next).not.toBe(id);
  expect((await remove(id)).status).toBe(204);
  const read = await api.call("GET", `/api/messages/${next}/`, undefined, { token: api.tokens.agent });
  expect(read.body.messages.map((message: { text: string }) => message.text)).toHaveLength(3);
  expect(await customer()).toMatchObject({ open_tickets: 1, total_tickets: 1 });
});
