import { afterAll, beforeAll, expect, it } from "vitest";
import { scoreMessages } from "../../../src/commands/score-messages.js";
import { ticketSchema } from "../../../src/contract/http/tickets.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const create = (body: unknown) => api.call("POST", "/api/admin/tickets/", body, { token: api.tokens.admin });
const openedBy = async (id: number) =>
  (await api.db.pool.query("SELECT opening_message_id AS m FROM tickets WHERE id = $1", [id])).rows[0].m as number;
const score = async (id: number) =>
  scoreMessages({ ...api.deps, requestId: null, limits: api.deps.config, wake: () => undefined }, [await openedBy(id)]);

it("stores a ticket, which is a message too", async () => {
  const answer = await create({ title: "Printer", description: "It does not print." });
  expect(answer.status).toBe(201);
  const ticket = ticketSchema.parse(answer.body);
  expect(ticket).toMatchObject({
    title: "Printer",
    description: "It does not print.",
    status: "unassigned",
    is_sold: false,
    urgency: null,
    assigned_to: null,
    assigned_at: null,
    version: 1,
  });
  const message = await api.call("GET", `/api/messages/${ticket.id}/`, undefined, { token: api.tokens.agent });
  expect(message.body).toMatchObject({ id: ticket.id, body: "It does not print.", status: "unassigned" });
  expect(message.body.user_id).toMatch(/^ticket-[0-9a-f-]{36}$/);
  const { rows } = await api.db.pool.query(
    "SELECT stage FROM outbox WHERE type = 'message_new' AND (payload->>'message_id')::bigint = $1",
    [ticket.id],
  );
  expect(rows).toEqual([{ stage: "score" }]);
});

it("is a customer's own when it names one, known or new", async () => {
  for (const user_id of ["U001", "U-new"]) {
    const { body } = await create({ title: "t", description: "d", user_id });
    const message = await api.call("GET", `/api/messages/${body.id}/`, undefined, { token: api.tokens.admin });
    expect(message.body).toMatchObject({ user_id, customer: { open_tickets: 1, total_tickets: 1 } });
  }
});

it("keeps its priority as a floor: due_at at once, the level once it is scored", async () => {
  const { body: plain } = await create({ title: "t", description: "Thank you, all is well." });
  const { body: high } = await create({ title: "t", description: "Thank you, all is well.", priority: "high" });
  const hoursEarlier = (Date.parse(plain.due_at) - Date.parse(high.due_at)) / 3_600_000;
  // 24 h x (50/100)^2.
  expect(hoursEarlier).toBeGreaterThan(5.9);
  expect(hoursEarlier).toBeLessThan(6.1);
  expect(high.urgency).toBeNull();
  await score(plain.id);
  await score(high.id);
  const read = async (id: number) =>
    (await api.call("GET", `/api/admin/tickets/${id}/`, undefined, { token: api.tokens.admin })).body;
  expect((await read(plain.id)).urgency.level).toBe("low");
  expect(await read(high.id)).toMatchObject({ urgency: { score: 50, level: "high" }, due_at: high.due_at });
});

it("is no ceiling: what the text says may be more", async () => {
  const text = "My phone was stolen and somebody takes money from my account right now, please block it!";
  const { body } = await create({ title: "t", description: text, priority: "low" });
  await score(body.id);
  const read = await api.call("GET", `/api/admin/tickets/${body.id}/`, undefined, { token: api.tokens.admin });
  expect(read.body.urgency.score).toBeGreaterThanOrEqual(50);
});

it("takes a title of 300 and a description of 10,000 characters", async () => {
  const answer = await create({ title: "ä".repeat(300), description: "😀".repeat(10_000) });
  expect(answer.status).toBe(201);
});
