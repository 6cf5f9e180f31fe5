import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { openedThread, supportCase } from "../threads/opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, path: string, body?: unknown, token = api.tokens.customer) =>
  api.call(method, `/api/chat/conversations/${path}`, body, { token });
const idsOf = async (token: string) =>
  (await call("GET", "?limit=200", undefined, token)).body.results.map((one: { id: number }) => one.id);

it("an agent sees the support cases and its own; a customer its own only", async () => {
  const { conversationId, ticketId } = await supportCase(api);
  const threadId = await openedThread(api);
  expect(await idsOf(api.tokens.customer)).toEqual([threadId, conversationId]);
  expect(await idsOf(api.tokens.agent)).toEqual([conversationId]);
  expect(await idsOf(api.tokens.customer2)).toEqual([threadId]);
  const seen = await call("GET", `${conversationId}/`, undefined, api.tokens.agent);
  expect(seen.body).toMatchObject({ kind: "support", ticket_id: ticketId, ticket_status: "unassigned" });
  expect(seen.body.participants).toMatchObject([{ user_id: people.customer, name: "Cleo", role: "customer" }]);
  const stranger = await call("GET", `${conversationId}/`, undefined, api.tokens.customer2);
  expect([stranger.status, stranger.body.status]).toEqual([404, "conversation_not_found"]);
});

it("title and archive", async () => {
  const id = await openedThread(api, 2);
  const changed = await call("PATCH", `${id}/`, { title: "New", is_archived: true });
  expect([changed.status, changed.body.title, changed.body.is_archived]).toEqual([200, "New", true]);
  expect(await idsOf(api.tokens.customer)).not.toContain(id);
  expect((await call("PATCH", `${id}/`, { title: "x".repeat(301) })).body.status).toBe("invalid_body");
  expect((await call("PATCH", `${id}/`, { title: "x" }, api.tokens.agent)).body.status).toBe("conversation_not_found");
});

it("somebody comes and goes; a set of people has one thread", async () => {
  const id = await openedThread(api, 3);
  const added = await call("POST", `${id}/participants/`, { user_id: people.agent });
  expect([added.status, added.body.participants.length]).toEqual([201, 3]);
  expect((await call("POST", `${id}/participants/`, { user_id: people.agent })).status).toBe(201);
  expect((await call("GET", `${id}/`, undefined, api.tokens.agent)).status).toBe(200);
  // Another thread of the two may be there now, and this one cannot become it again.
  const other = await openedThread(api, 3);
  expect(other).not.toBe(id);
  const taken = await call("DELETE", `${id}/participants/${people.agent}/`);
  expect([taken.status, taken.body.status]).toEqual([409, "thread_taken"]);
  const notMine = await call("DELETE", `${id}/participants/${people.customer}/`, undefined, api.tokens.customer2);
  expect([notMine.status, notMine.body.status]).toEqual([403, "forbidden"]);
  expect((await call("DELETE", `${id}/participants/${people.customer2}/`)).status).toBe(204);
  expect((await call("GET", `${id}/`, undefined, api.tokens.customer2)).status).toBe(404);
  expect((await call("DELETE", `${id}/participants/${people.customer2}/`)).body.status).toBe("user_not_found");
  expect((await call("DELETE", `${id}/participants/x/`)).body.status).toBe("user_not_found");
  expect((await call("POST", `${id}/participants/`, { user_id: 999_999 })).body.status).toBe("user_not_found");
  expect((await call("POST", `${id}/participants/`, {})).body.status).toBe("invalid_body");
  expect((await call("POST", "999999/participants/", { user_id: 1 })).body.status).toBe("conversation_not_found");
});

it("a support case keeps its customer, and only staff adds to it", async () => {
  const { conversationId } = await supportCase(api);
  const own = await call("POST", `${conversationId}/participants/`, { user_id: people.customer2 });
  expect([own.status, own.body.status]).toEqual([403, "forbidden"]);
  expect(
    (await call("POST", `${conversationId}/participants/`, { user_id: people.customer2 }, api.tokens.agent)).status,
  ).toBe(201);
  expect((await call("GET", `${conversationId}/`, undefined, api.tokens.customer2)).status).toBe(200);
  expect((await call("DELETE", `${conversationId}/participants/${people.customer}/`)).status).toBe(403);
});
