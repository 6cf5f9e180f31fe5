import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { inThread, openedThread, supportCase, toldIn } from "./opened.js";

let api: ApiUnderTest;
let job = 100;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const dispute = async () => {
  const thread = await openedThread(api, ++job);
  const body = { subject: "Xqsubject", description: "The roof leaks", amount: 120.5 };
  const { id } = (await inThread(api, thread, "create-dispute/", body)).body;
  return { thread, id, path: `/api/chat/disputes/${id}/` };
};
const payment = async () => {
  const thread = await openedThread(api, ++job);
  const { id } = (await inThread(api, thread, "initiate-payment/", { amount: 99.99, currency: "EUR" })).body;
  return { thread, id, path: `/api/chat/payments/${id}/` };
};
const change = (path: string, body: unknown, token = api.tokens.admin, headers = {}) =>
  api.call("PATCH", path, body, { token, headers });
const { admin, customer } = people;

it("a dispute is reviewed and resolved by an admin, step by step, and each step is a message to all", async () => {
  const { thread, id, path } = await dispute();
  const reviewed = await change(path, { status: "under_review" });
  expect(reviewed.status).toBe(200);
  expect(reviewed.body).toMatchObject({
    status: "success",
    id,
    dispute: {
      ...{ id, thread_id: thread, subject: "Xqsubject", amount: 120.5, created_by: customer },
      ...{ status: "under_review", note: "", changed_by: admin, changed_at: expect.any(String) },
    },
    message: { type: "dispute", seq: 2, sender: { id: admin }, text: `Dispute ${id}: under review` },
  });
  const resolved = await change(path, { status: "resolved", note: "Half is paid back" });
  expect(resolved.body.dispute).toMatchObject({ status: "resolved", note: "Half is paid back" });
  expect(resolved.body.message).toMatchObject({
    text: `Dispute ${id}: resolved. Half is paid back`,
    metadata: { dispute_id: id, status: "resolved", previous: "under_review" },
  });
  expect(JSON.stringify(resolved.body.message)).not.toContain("Xqsubject");
  expect(await toldIn(api, thread)).toEqual(["message:new", "message:new", "message:new"]);
  const { body } = await inThread(api, thread, "messages/", undefined, api.tokens.customer2);
  expect(body.results.at(-1).id).toBe(resolved.body.message.id);
});

it("whoever opened a dispute withdraws it, before and during its review; that is all it may", async () => {
  const { path } = await dispute();
  for (const status of ["under_review", "resolved", "rejected", "open"]) {
    const refused = await change(path, { status }, api.tokens.customer);
    expect([status, refused.status, refused.body.status]).toEqual([status, 403, "forbidden"]);
  }
  expect((await change(path, { status: "withdrawn" }, api.tokens.customer2)).status).toBe(403);
  await change(path, { status: "under_review" });
  const done = await change(path, { status: "withdrawn", note: "we talked" }, api.tokens.customer);
  expect(done.body).toMatchObject({ dispute: { status: "withdrawn", changed_by: customer, note: "we talked" } });
});

it.each([
  ["resolved", ["open", "under_review", "resolved", "rejected", "withdrawn"]],
  ["rejected", ["open", "under_review", "resolved", "rejected", "withdrawn"]],
  ["under_review", ["open", "under_review"]],
])("409 invalid_transition from %s to what cannot follow, and nothing is told", async (to, refused) => {
  const { thread, id, path } = await dispute();
  expect((await change(path, { status: to })).status).toBe(200);
  for (const status of refused) {
    const answer = await change(path, { status });
    expect([status, answer.status, answer.body.status, answer.body.dispute_status]).toEqual([
      ...[status, 409, "invalid_transition", to],
    ]);
  }
  expect(await toldIn(api, thread)).toHaveLength(2);
  const { rows } = await api.db.pool.query("SELECT status FROM disputes WHERE id = $1", [id]);
  expect(rows).toEqual([{ status: to }]);
});

it("a payment is processed, completed and refunded by an admin; who initiated it cancels only before that", async () => {
  const { id, path } = await payment();
  expect((await change(path, { status: "completed" }, api.tokens.customer)).body.status).toBe("forbidden");
  const steps = [];
  for (const status of ["processing", "completed", "refunded"]) steps.push((await change(path, { status })).body);
  expect(steps.map(({ payment: { status }, message }) => [status, message.text])).toEqual([
    ["processing", `Payment ${id}: processing`],
    ["completed", `Payment ${id}: completed`],
    ["refunded", `Payment ${id}: refunded`],
  ]);
  expect(steps[0].payment).toMatchObject({ id, amount: 99.99, currency: "EUR", initiated_by: customer });
  const other = await payment();
  expect((await change(other.path, { status: "cancelled" }, api.tokens.customer2)).status).toBe(403);
  await change(other.path, { status: "processing" });
  expect((await change(other.path, { status: "cancelled" }, api.tokens.customer)).body).toMatchObject({
    ...{ status: "invalid_transition", payment_status: "processing" },
  });
  const third = await payment();
  const cancelled = await change(third.path, { status: "cancelled" }, api.tokens.customer);
  expect(cancelled.body.payment).toMatchObject({ status: "cancelled", changed_by: customer });
  expect((await change(third.path, { status: "refunded" })).status).toBe(409);
});

it("404 for a stranger's, for nobody's, and for what is no id: all in the same words", async () => {
  for (const [noun, made] of [
    ["dispute", await dispute()],
    ["payment", await payment()],
  ] as const) {
    const status = noun === "dispute" ? "withdrawn" : "cancelled";
    const foreign = await change(made.path, { status }, api.tokens.agent);
    expect(foreign).toMatchObject({ status: 404, body: { status: `${noun}_not_found` } });
    const unknown = await change(`/api/chat/${noun}s/999999/`, { status }, api.tokens.agent);
    expect(unknown.body).toEqual(foreign.body);
    expect((await change(`/api/chat/${noun}s/x/`, { status })).body.status).toBe(`${noun}_not_found`);
    await inThread(api, made.thread, "", undefined, api.tokens.customer, "DELETE");
    expect((await change(made.path, { status })).status).toBe(404);
  }
});

it("400 for what is no status, and for a long note; 401 without a token", async () => {
  const { path } = await dispute();
  for (const body of [
    {},
    { status: "lost" },
    { status: "completed" },
    { status: "resolved", note: "x".repeat(2001) },
  ]) {
    expect((await change(path, body)).body.status).toBe("invalid_body");
  }
  expect((await api.call("PATCH", path, { status: "resolved" })).status).toBe(401);
  expect((await change((await payment()).path, { status: "resolved" })).body.status).toBe("invalid_body");
});

it("the lists are paged, newest first, for who takes part and admins", async () => {
  const thread = await openedThread(api, ++job);
  const ids: Record<"disputes" | "payments", number[]> = { disputes: [], payments: [] };
  for (let n = 1; n <= 3; n++) {
    const body = { subject: `s${n}`, description: "d" };
    ids.disputes.unshift((await inThread(api, thread, "create-dispute/", body)).body.id);
    ids.payments.unshift((await inThread(api, thread, "initiate-payment/", { amount: n })).body.id);
  }
  for (const what of ["disputes", "payments"] as const) {
    for (const token of [api.tokens.customer, api.tokens.customer2, api.tokens.admin]) {
      const first = await inThread(api, thread, `${what}/?limit=2`, undefined, token);
      const second = await inThread(api, thread, `${what}/?limit=2&cursor=${first.body.next}`, undefined, token);
      const seen = [...first.body.results, ...second.body.results].map(({ id }) => id);
      expect([seen, second.body.next]).toEqual([ids[what], null]);
    }
    for (const [id, token] of [
      [thread, api.tokens.agent],
      [999_999, api.tokens.customer],
    ] as const) {
      const answer = await inThread(api, id, `${what}/`, undefined, token);
      expect([answer.status, answer.body.status]).toEqual([404, "thread_not_found"]);
    }
    const bad = await inThread(api, thread, `${what}/?cursor=x`);
    expect([bad.status, bad.body.status]).toEqual([400, "invalid_query"]);
  }
});

it("a support case has them too: its agent sees them, and decides none", async () => {
  const { conversationId } = await supportCase(api);
  const { id } = (await inThread(api, conversationId, "create-dispute/", { subject: "s", description: "d" })).body;
  const list = await inThread(api, conversationId, "disputes/", undefined, api.tokens.agent);
  expect(list.body.results.map((row: { id: number }) => row.id)).toEqual([id]);
  const refused = await change(`/api/chat/disputes/${id}/`, { status: "resolved" }, api.tokens.agent);
  expect([refused.status, refused.body.status]).toEqual([403, "forbidden"]);
});

it("a repeated call has one effect and one answer", async () => {
  const { thread, path } = await dispute();
  const headers = { "idempotency-key": `dispute-${thread}` };
  const first = await change(path, { status: "resolved" }, api.tokens.admin, headers);
  const again = await change(path, { status: "resolved" }, api.tokens.admin, headers);
  expect(first.status).toBe(200);
  expect([again.status, again.body, again.headers.get("idempotent-replayed")]).toEqual([200, first.body, "true"]);
  expect(await toldIn(api, thread)).toHaveLength(2);
});
