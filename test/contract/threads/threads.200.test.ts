import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { inThread, openedThread } from "./opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const post = (body: unknown, token = api.tokens.customer) => api.call("POST", "/api/chat/threads/", body, { token });

it("201 for a new thread, 200 for the one that there is, whoever asks and in whatever order", async () => {
  const made = await post({ participant_ids: [people.customer, people.customer2], title: "A roof", job_id: 7 });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    kind: "direct",
    title: "A roof",
    created_by: people.customer,
    job_id: 7,
    unread_count: 0,
    ticket_id: null,
    is_archived: false,
    last_message_at: null,
  });
  expect(made.body.participants.map((one: { user_id: number }) => one.user_id)).toEqual([
    people.customer,
    people.customer2,
  ]);
  const again = await post(
    { client_id: people.customer2, freelancer_id: people.customer, job_id: 7 },
    api.tokens.customer2,
  );
  expect([again.status, again.body.id]).toEqual([200, made.body.id]);
  const other = await post({ participant_ids: [people.customer2], job_id: 8 });
  expect(other.status).toBe(201);
  const without = await post({ participant_ids: [people.customer2] });
  expect(without.status).toBe(201);
  expect((await post({ participant_ids: [people.customer2] })).body.id).toBe(without.body.id);
  expect(new Set([made.body.id, other.body.id, without.body.id]).size).toBe(3);
});

it("by-participants finds it for those who take part, and by job", async () => {
  const id = await openedThread(api, 31);
  const find = (query: string, token = api.tokens.customer) =>
    api.call("GET", `/api/chat/threads/by-participants/?${query}`, undefined, { token });
  expect((await find(`ids=${people.customer},${people.customer2}&job_id=31`)).body.id).toBe(id);
  expect((await find(`client_id=${people.customer2}&freelancer_id=${people.customer}&job_id=31`)).body.id).toBe(id);
  expect((await find(`ids=${people.customer},${people.customer2}&job_id=32`)).body.status).toBe("thread_not_found");
  const stranger = await find(`ids=${people.customer},${people.customer2}&job_id=31`, api.tokens.agent);
  expect([stranger.status, stranger.body.status]).toEqual([404, "thread_not_found"]);
  const bare = await find("job_id=31");
  expect([bare.status, bare.body.status]).toEqual([400, "invalid_query"]);
  expect((await find("ids=x")).status).toBe(400);
});

it("a deleted one is gone, and the next one is new", async () => {
  const id = await openedThread(api, 41);
  expect((await inThread(api, id, "", undefined, api.tokens.customer2, "DELETE")).status).toBe(403);
  expect((await inThread(api, id, "", undefined, api.tokens.agent, "DELETE")).status).toBe(404);
  await inThread(api, id, "messages/", { text: "x" }, api.tokens.customer2);
  expect((await inThread(api, id, "", undefined, api.tokens.customer, "DELETE")).status).toBe(204);
  for (const [path, body] of [
    ["", undefined],
    ["messages/", undefined],
    ["messages/", { text: "y" }],
    ["mark-read/", {}],
  ] as const) {
    expect([path, (await inThread(api, id, path, body)).body.status]).toEqual([path, "thread_not_found"]);
  }
  const counts = await api.call("GET", "/api/chat/unread-count/", undefined, { token: api.tokens.customer });
  expect(counts.body.threads[id]).toBeUndefined();
  expect(await openedThread(api, 41)).not.toBe(id);
});

it("the list goes by the latest message, in pages, and shows nobody else's", async () => {
  const ids = [];
  for (const job of [51, 52, 53]) ids.push(await openedThread(api, job));
  await inThread(api, ids[0] ?? 0, "messages/", { text: "up" });
  const list = async (query: string, token = api.tokens.customer) =>
    (await api.call("GET", `/api/chat/threads/?${query}`, undefined, { token })).body;
  const first = await list("limit=2");
  expect(first.results.map((one: { id: number }) => one.id)).toEqual([ids[0], ids[2]]);
  const second = await list(`limit=1&cursor=${first.next}`);
  expect(second.results.map((one: { id: number }) => one.id)).toEqual([ids[1]]);
  expect((await list("limit=50", api.tokens.agent)).results).toEqual([]);
});

it("title and archive are changed by those who take part, and the archive is a list of its own", async () => {
  const id = await openedThread(api, 61);
  const change = { title: "<script>alert(1)</script>", is_archived: true };
  const answer = await inThread(api, id, "", change, api.tokens.customer2, "PUT");
  expect([answer.status, answer.body.title, answer.body.is_archived]).toEqual([200, change.title, true]);
  const ids = async (query: string) =>
    (await api.call("GET", `/api/chat/threads/?${query}`, undefined, { token: api.tokens.customer })).body.results.map(
      (one: { id: number }) => one.id,
    );
  expect(await ids("limit=200")).not.toContain(id);
  expect(await ids("limit=200&archived=true")).toContain(id);
});

it("400, 403 and 404 of opening and of a stranger's thread", async () => {
  const code = async (body: unknown) => {
    const answer = await post(body);
    return [answer.status, answer.body.status];
  };
  expect(await code({})).toEqual([400, "invalid_body"]);
  expect(await code({ participant_ids: [people.customer] })).toEqual([400, "invalid_body"]);
  expect(await code({ participant_ids: ["x"] })).toEqual([400, "invalid_body"]);
  expect(await code({ participant_ids: [people.customer2], job_id: -1 })).toEqual([400, "invalid_body"]);
  expect(await code({ participant_ids: [999_999] })).toEqual([404, "user_not_found"]);
  const id = await openedThread(api);
  for (const [method, path, body] of [
    ["GET", "", undefined],
    ["PUT", "", { title: "x" }],
    ["DELETE", "", undefined],
    ["GET", "messages/", undefined],
    ["POST", "messages/", { text: "x" }],
    ["POST", "mark-read/", {}],
    ["POST", "create-dispute/", { subject: "x", description: "y" }],
    ["POST", "initiate-payment/", { amount: 1 }],
    ["POST", "job-update/", { job_status: "open" }],
  ] as const) {
    const answer = await inThread(api, id, path, body, api.tokens.agent, method);
    expect([path, answer.status, answer.body.status]).toEqual([path, 404, "thread_not_found"]);
  }
  expect((await inThread(api, "x", "")).body.status).toBe("thread_not_found");
});
