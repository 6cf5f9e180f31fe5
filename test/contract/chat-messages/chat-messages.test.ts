import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";
import { inThread, openedThread, supportCase, toldIn } from "../threads/opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, id: number | string, body?: unknown, token = api.tokens.customer) =>
  api.call(method, `/api/chat/messages/${id}/`, body, { token });

it("its sender edits it and takes it back; a tombstone stays, and all of it is told", async () => {
  const thread = await openedThread(api);
  const { id } = (await inThread(api, thread, "messages/", { text: "wrnog", metadata: { a: 1 } })).body;
  const edited = await call("PUT", id, { text: "wrong" });
  expect([edited.status, edited.body.text, edited.body.metadata]).toEqual([200, "wrong", { a: 1 }]);
  expect(edited.body.edited_at).toMatch(/Z$/);
  expect((await call("GET", id, undefined, api.tokens.customer2)).body.text).toBe("wrong");
  expect((await call("DELETE", id)).status).toBe(204);
  expect((await call("DELETE", id)).status).toBe(204);
  const tombstone = (await call("GET", id)).body;
  expect(tombstone).toMatchObject({ id, text: "", metadata: null, seq: 1 });
  expect(tombstone.deleted_at).toMatch(/Z$/);
  const late = await call("PUT", id, { text: "back" });
  expect([late.status, late.body.status]).toEqual([409, "message_deleted"]);
  expect(await toldIn(api, thread)).toEqual(["message:new", "message:edited", "message:deleted"]);
});

it("403 for another's and for the system's, 404 for a stranger's and none, 400 for no text", async () => {
  const thread = await openedThread(api, 2);
  const { id } = (await inThread(api, thread, "messages/", { text: "mine" })).body;
  const system = (await inThread(api, thread, "initiate-payment/", { amount: 1 })).body.message.id;
  for (const [method, body] of [
    ["PUT", { text: "x" }],
    ["DELETE", undefined],
  ] as const) {
    const other = await call(method, id, body, api.tokens.customer2);
    expect([other.status, other.body.status]).toEqual([403, "not_your_message"]);
    expect((await call(method, system, body)).body.status).toBe("not_your_message");
    expect((await call(method, id, body, api.tokens.agent)).body.status).toBe("message_not_found");
    expect((await call(method, 999_999, body)).body.status).toBe("message_not_found");
  }
  expect((await call("GET", id, undefined, api.tokens.agent)).body.status).toBe("message_not_found");
  expect((await call("GET", "x")).body.status).toBe("message_not_found");
  for (const body of [{}, { text: " " }, { text: "x".repeat(10_001) }]) {
    expect((await call("PUT", id, body)).body.status).toBe("invalid_body");
  }
});

it("a note is not there for its customer", async () => {
  const { conversationId } = await supportCase(api);
  const note = await inThread(api, conversationId, "messages/", { text: "psst", type: "note" }, api.tokens.agent);
  for (const method of ["GET", "DELETE"])
    expect((await call(method, note.body.id)).body.status).toBe("message_not_found");
  expect((await call("GET", note.body.id, undefined, api.tokens.agent2)).body.text).toBe("psst");
});
