import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { inThread, openedThread, toldIn } from "./opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("a message has its seq, sender and metadata, and both seeds' words are taken", async () => {
  const id = await openedThread(api, 1);
  const text = '<script>alert("x")</script> & more';
  const first = await inThread(api, id, "messages/", { text, metadata: { a: [1] }, client_id: "c-1" });
  expect(first.status).toBe(201);
  expect(first.body).toMatchObject({
    conversation_id: id,
    sender: { id: people.customer, name: "Cleo", role: "customer" },
    seq: 1,
    type: "text",
    text,
    metadata: { a: [1] },
    attachment: null,
    status: "sent",
    is_read: false,
    read_by: [],
    client_id: "c-1",
    edited_at: null,
    deleted_at: null,
  });
  const second = await inThread(api, id, "messages/", { message: "hi", message_type: "text" }, api.tokens.customer2);
  expect([second.body.seq, second.body.text]).toEqual([2, "hi"]);
  expect(await toldIn(api, id)).toEqual(["message:new", "message:new"]);
});

it("a resend with its client_id is 200 and the same message, five at once too", async () => {
  const id = await openedThread(api, 2);
  const body = { text: "once", client_id: "mine" };
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => inThread(api, id, "messages/", body)));
  expect(answers.map((one) => one.status).sort()).toEqual([200, 200, 200, 200, 201]);
  expect(new Set(answers.map((one) => one.body.id)).size).toBe(1);
  expect(await toldIn(api, id)).toEqual(["message:new"]);
  const other = await inThread(api, id, "messages/", body, api.tokens.customer2);
  expect(other.status).toBe(201);
});

it("an Idempotency-Key gives the kept answer", async () => {
  const id = await openedThread(api, 3);
  const options = { token: api.tokens.customer, headers: { "idempotency-key": "k1" } };
  const first = await api.call("POST", `/api/chat/threads/${id}/messages/`, { text: "x" }, options);
  const again = await api.call("POST", `/api/chat/threads/${id}/messages/`, { text: "x" }, options);
  expect([again.status, again.body, again.headers.get("idempotent-replayed")]).toEqual([201, first.body, "true"]);
});

it("pages lead back and forth by seq, newest last, each message once", async () => {
  const id = await openedThread(api, 4);
  for (let n = 1; n <= 7; n++) await inThread(api, id, "messages/", { text: String(n) });
  const page = async (query: string) => {
    const { body } = await inThread(api, id, `messages/?limit=3${query}`);
    return {
      texts: body.results.map((one: { text: string }) => one.text).join(""),
      next: body.next,
      previous: body.previous,
    };
  };
  const last = await page("");
  expect([last.texts, last.previous]).toEqual(["567", null]);
  const middle = await page(`&cursor=${last.next}`);
  expect(middle.texts).toBe("234");
  const oldest = await page(`&cursor=${middle.next}`);
  expect([oldest.texts, oldest.next]).toEqual(["1", null]);
  const forth = await page(`&cursor=${oldest.previous}`);
  expect(forth.texts).toBe("234");
  const end = await page(`&cursor=${forth.previous}`);
  expect([end.texts, end.previous]).toEqual(["567", null]);
  expect((await inThread(api, id, "messages/?cursor=zzz")).body.status).toBe("invalid_query");
});

it("400 for what is empty, too long or no message; 403 for a forged type; 413 for a megabyte", async () => {
  const id = await openedThread(api, 5);
  const code = async (body: unknown) => {
    const answer = await inThread(api, id, "messages/", body);
    return [answer.status, answer.body.status];
  };
  for (const body of [
    {},
    { text: "" },
    { text: " \n\u200b" },
    { text: 5 },
    { text: "x".repeat(10_001) },
    { text: "x", message_type: "poem" },
    { text: "x", metadata: [] },
    { text: "x", metadata: { a: "x".repeat(20_000) } },
    { text: "x", client_id: "" },
    { text: "x\u0000" },
  ]) {
    expect([body, await code(body)]).toEqual([body, [400, "invalid_body"]]);
  }
  for (const message_type of ["payment", "dispute", "system", "job_update", "bot", "note"]) {
    expect(await code({ text: "x", message_type })).toEqual([403, "type_reserved"]);
  }
  expect(await code({ text: "x", attachment_id: 4711 })).toEqual([404, "attachment_not_found"]);
  expect(await code({ text: "x".repeat(1_048_577) })).toEqual([413, "too_large"]);
  expect((await inThread(api, id, "messages/")).body.results).toEqual([]);
});
