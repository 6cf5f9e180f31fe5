import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act } from "../messages/claimed.js";
import { inThread, openedThread, supportCase } from "../threads/opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ AGENT_VISIBILITY: "own" });
});
afterAll(() => api.drop());

const code = async (id: number, path: string, body: unknown, token: string) => {
  const answer = await inThread(api, id, path, body, token);
  return [answer.status, answer.body.status];
};
const casesOf = async (token: string) =>
  (await api.call("GET", "/api/chat/conversations/", undefined, { token })).body.results.map(
    (one: { id: number }) => one.id,
  );

it("AGENT_VISIBILITY=own: an agent sees the cases that it owns, and what it said in others gives it no right", async () => {
  const { conversationId, ticketId } = await supportCase(api);
  const hidden = [404, "thread_not_found"];
  for (const [path, body] of [
    ["", undefined],
    ["messages/", undefined],
    ["messages/", { text: "x" }],
    ["messages/", { text: "x", message_type: "note" }],
    ["mark-read/", {}],
    ["disputes/", undefined],
    ["payments/", undefined],
    ["create-dispute/", { subject: "x", description: "x" }],
  ] as const) {
    expect([path, await code(conversationId, path, body, api.tokens.agent)]).toEqual([path, hidden]);
  }
  const { dispute_id } = (await inThread(api, conversationId, "create-dispute/", { subject: "x", description: "x" }))
    .body;
  for (const [method, path, body, status] of [
    ["PATCH", `/api/chat/disputes/${dispute_id}/`, { status: "resolved" }, "dispute_not_found"],
    ["POST", "/api/chat/typing/", { conversation_id: conversationId, is_typing: true }, "conversation_not_found"],
    ["GET", `/api/chat/conversations/${conversationId}/`, undefined, "conversation_not_found"],
    ["PATCH", `/api/chat/conversations/${conversationId}/`, { title: "x" }, "conversation_not_found"],
    ["POST", `/api/chat/conversations/${conversationId}/participants/`, { user_id: 1 }, "conversation_not_found"],
    ["GET", `/api/events/?stream=conversation:${conversationId}`, undefined, "conversation_not_found"],
  ] as const) {
    const answer = await api.call(method, path, body, { token: api.tokens.agent });
    expect([path, answer.status, answer.body.status]).toEqual([path, 404, status]);
  }
  await api.db.pool.query(
    "UPDATE tickets SET status = 'in_progress', assignee_id = $2, assigned_at = now(), version = version + 1 WHERE id = $1",
    [ticketId, people.agent],
  );
  expect((await code(conversationId, "messages/", { text: "mine" }, api.tokens.agent))[0]).toBe(201);
  expect(await casesOf(api.tokens.agent)).toEqual([conversationId]);
  expect(await casesOf(api.tokens.agent2)).toEqual([]);
  await inThread(api, conversationId, "messages/", { text: "thanks" });
  const unread = async () =>
    (await api.call("GET", "/api/chat/unread-count/", undefined, { token: api.tokens.agent })).body;
  expect(await unread()).toEqual({ unread_count: 1, threads: { [conversationId]: 1 } });
  await act(api, ticketId, "transfer", { to_agent_id: people.agent2 });
  expect(await code(conversationId, "messages/", undefined, api.tokens.agent)).toEqual(hidden);
  expect(await unread()).toEqual({ unread_count: 0, threads: {} });
  expect(await casesOf(api.tokens.agent)).toEqual([]);
});

it("a thread among others is read by no agent, and a message's id tells it nothing", async () => {
  const thread = await openedThread(api);
  const { id } = (await inThread(api, thread, "messages/", { text: "ours" })).body;
  const answer = await api.call("GET", `/api/chat/messages/${id}/`, undefined, { token: api.tokens.agent });
  expect([answer.status, answer.body.status]).toEqual([404, "message_not_found"]);
});
