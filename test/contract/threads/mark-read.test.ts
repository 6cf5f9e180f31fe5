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
