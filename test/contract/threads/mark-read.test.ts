import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { inThread, openedThread, supportCase, toldIn } from "./opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const counts = async (token: string) => (await api.call("GET", "/api/chat/unread-count/", undefined, { token })).body;

it("counts what others said, and a mark goes forward only", async () => {
  const id = await openedThread(api);
  const ids: number[] = [];
  for (let n = 1; n <= 4; n++) ids.push((await inThread(api, id, "messages/", { text: String(n) })).body.id);
  const reader = api.tokens.customer2;
  expect(await counts(reader)).toEqual({ unread_count: 4, threads: { [id]: 4 } });
  expect(await counts(api.tokens.customer)).toEqual({ unread_count: 0, threads: {} });
  const mark = async (body: unknown) => (await inThread(api, id, "mark-read/", body, reader)).body;
  const base = { status: "success", thread_id: id };
  expect(await mark({ message_ids: [ids[1], 999_999] })).toEqual({
    ...base,
    marked_read: 2,
    up_to: 2,
    unread_count: 2,
  });
  expect(await mark({ up_to: 1 })).toEqual({ ...base, marked_read: 0, up_to: 2, unread_count: 2 });
  expect(await mark({ up_to: 3 })).toEqual({ ...base, marked_read: 1, up_to: 3, unread_count: 1 });
  expect(await mark({ up_to: 2_000_000 })).toEqual({ ...base, marked_read: 1, up_to: 4, unread_count: 0 });
  expect(await mark({})).toEqual({ ...base, marked_read: 0, up_to: 4, unread_count: 0 });
  expect((await toldIn(api, id)).filter((type) => type === "read")).toHaveLength(3);
  const { body } = await inThread(api, id, "messages/");
  expect(body.results.at(-1)).toMatchObject({ status: "read", is_read: true, read_by: [people.customer2] });
  expect((await inThread(api, id, "", undefined, reader)).body.unread_count).toBe(0);
});

it("400 for what is no mark", async () => {
  const id = await openedThread(api, 2);
  for (const body of [{ up_to: -1 }, { up_to: "x" }, { message_ids: "all" }, { message_ids: ["x"] }]) {
    expect((await inThread(api, id, "mark-read/", body)).body.status).toBe("invalid_body");
  }
});

it("a note is unread for no customer, and a reply is", async () => {
  const { conversationId } = await supportCase(api);
  const before = (await counts(api.tokens.customer)).threads[conversationId];
  await inThread(api, conversationId, "messages/", { text: "psst", message_type: "note" }, api.tokens.agent);
  expect((await counts(api.tokens.customer)).threads[conversationId]).toBe(before);
  await inThread(api, conversationId, "messages/", { text: "hello" }, api.tokens.agent);
  expect((await counts(api.tokens.customer)).threads[conversationId]).toBe(1);
  await inThread(api, conversationId, "messages/", { text: "thanks" });
  expect((await counts(api.tokens.agent)).threads[conversationId]).toBe(1);
});

it("a message is sent until another participant has it, and then delivered until it is read", async () => {
  const id = await openedThread(api, 40);
  const said = (await inThread(api, id, "messages/", { text: "hello" })).body;
  expect(said.status).toBe("sent");
  const list = async (token: string) => (await inThread(api, id, "messages/", undefined, token)).body.results.at(-1);
  const one = (token: string) => api.call("GET", `/api/chat/messages/${said.id}/`, undefined, { token });
  // Its sender has it, and so has an admin that looks on: neither is another participant.
  for (const token of [api.tokens.customer, api.tokens.admin]) expect((await list(token)).status).toBe("sent");
  expect((await one(api.tokens.customer)).body.status).toBe("sent");
  await one(api.tokens.customer2);
  expect((await list(api.tokens.customer)).status).toBe("delivered");
  const second = (await inThread(api, id, "messages/", { text: "are you there?" })).body;
  await list(api.tokens.customer2);
  expect((await list(api.tokens.customer)).status).toBe("delivered");
  await inThread(api, id, "mark-read/", { message_ids: [second.id] }, api.tokens.customer2);
  expect(await list(api.tokens.customer)).toMatchObject({ status: "read", is_read: true });
});

it("what is shown while somebody writes there is not waited for: the next look notes it", async () => {
  const id = await openedThread(api, 41);
  await inThread(api, id, "messages/", { text: "hello" });
  const client = await api.db.pool.connect();
  const look = (token: string) => inThread(api, id, "messages/", undefined, token);
  try {
    await client.query("BEGIN");
    await client.query("SELECT FROM participants WHERE conversation_id = $1 FOR UPDATE", [id]);
    expect((await look(api.tokens.customer2)).status).toBe(200);
    expect((await look(api.tokens.customer)).body.results[0].status).toBe("sent");
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
  await look(api.tokens.customer2);
  expect((await look(api.tokens.customer)).body.results[0].status).toBe("delivered");
});
