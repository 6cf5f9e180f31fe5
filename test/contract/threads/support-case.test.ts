import { afterAll, beforeAll, expect, it } from "vitest";
import { ticketRow } from "../../support/desk.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act } from "../messages/claimed.js";
import { inThread, supportCase, toldIn } from "./opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const write = (id: number, body: unknown, token?: string) => inThread(api, id, "messages/", body, token);

it("an agent's message claims a waiting case, and answers its own and keeps it open", async () => {
  const { conversationId, ticketId } = await supportCase(api);
  const first = await write(conversationId, { text: "Good day", client_id: "a1" }, api.tokens.agent);
  expect(first.status).toBe(201);
  expect(await ticketRow(api.db, ticketId)).toMatchObject({
    status: "in_progress",
    assignee_id: people.agent,
    version: 2,
    first_unanswered_at: null,
  });
  const again = await write(conversationId, { text: "Good day", client_id: "a1" }, api.tokens.agent);
  expect([again.status, again.body.id]).toEqual([200, first.body.id]);
  expect((await write(conversationId, { text: "One more thing" }, api.tokens.agent)).status).toBe(201);
  expect(await ticketRow(api.db, ticketId)).toMatchObject({ status: "in_progress", version: 2 });
  expect(await toldIn(api, conversationId)).toEqual(["message:new", "ticket", "message:new", "message:new"]);
  const { rows } = await api.db.pool.query("SELECT count(*)::int AS n FROM deliveries WHERE ticket_id = $1", [
    ticketId,
  ]);
  expect(rows[0].n).toBe(2);
});

it("another agent's case: 403 with its name, and a note is allowed", async () => {
  const { conversationId } = await supportCase(api);
  await write(conversationId, { text: "mine" }, api.tokens.agent);
  const other = await write(conversationId, { text: "me too" }, api.tokens.agent2);
  expect([other.status, other.body.status, other.body.by]).toEqual([403, "not_assigned_to_you", "Agent 1"]);
  for (const token of [api.tokens.agent2, api.tokens.admin]) {
    const note = await write(conversationId, { text: "careful", message_type: "note" }, token);
    expect([note.status, note.body.type]).toEqual([201, "note"]);
  }
  const seen = await inThread(api, conversationId, "messages/");
  expect(seen.body.results.map((one: { type: string }) => one.type)).toEqual(["text", "text"]);
  const staff = await inThread(api, conversationId, "messages/", undefined, api.tokens.agent2);
  expect(staff.body.results).toHaveLength(4);
  expect((await write(conversationId, { text: "x" }, api.tokens.admin)).status).toBe(403);
});

it("409 for a full agent, 409 for a closed case, 404 for another customer", async () => {
  const { conversationId, ticketId } = await supportCase(api);
  await api.db.pool.query("UPDATE agents SET capacity = 0 WHERE id = $1", [people.agent2]);
  const full = await write(conversationId, { text: "x" }, api.tokens.agent2);
  expect([full.status, full.body.status]).toEqual([409, "at_capacity"]);
  expect((await ticketRow(api.db, ticketId)).status).toBe("unassigned");
  const stranger = await write(conversationId, { text: "x" }, api.tokens.customer2);
  expect([stranger.status, stranger.body.status]).toEqual([404, "thread_not_found"]);
  await act(api, ticketId, "claim", { agent_id: people.agent });
  await act(api, ticketId, "reply", { agent_id: people.agent, text: "done" });
  const closed = await write(conversationId, { text: "x" }, api.tokens.agent);
  expect([closed.status, closed.body.status]).toEqual([409, "already_closed"]);
  expect((await write(conversationId, { text: "x", message_type: "note" }, api.tokens.agent)).status).toBe(201);
});

it("a customer's message raises the version; on a closed case it reopens, later it opens a new ticket", async () => {
  const { conversationId, ticketId } = await supportCase(api);
  await write(conversationId, { text: "and hurry" });
  expect(await ticketRow(api.db, ticketId)).toMatchObject({
    version: 2,
    follow_ups: 1,
    customer_seq: 2,
    scored_at: null,
  });
  await act(api, ticketId, "claim", { agent_id: people.agent });
  const stale = await act(api, ticketId, "reply", { agent_id: people.agent, text: "x", version: 1 });
  expect(stale.body.status).toBe("stale_version");
  await act(api, ticketId, "reply", { agent_id: people.agent, text: "done" });
  await write(conversationId, { text: "no it is not", client_id: "again" });
  const reopened = await ticketRow(api.db, ticketId);
  expect(reopened).toMatchObject({ status: "unassigned", preferred_agent_id: people.agent, version: 5 });
  await write(conversationId, { text: "no it is not", client_id: "again" });
  expect((await ticketRow(api.db, ticketId)).version).toBe(5);
  await act(api, ticketId, "claim", { agent_id: people.agent });
  await act(api, ticketId, "reply", { agent_id: people.agent, text: "now it is" });
  await api.db.pool.query("UPDATE tickets SET closed_at = now() - interval '10 days' WHERE id = $1", [ticketId]);
  expect((await write(conversationId, { text: "next month's question" })).status).toBe(201);
  const seen = await inThread(api, conversationId, "");
  expect(seen.body.ticket_id).toBeGreaterThan(ticketId);
  expect([seen.body.kind, seen.body.ticket_status]).toEqual(["support", "unassigned"]);
});
