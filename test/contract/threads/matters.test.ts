import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { inThread, openedThread } from "./opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const lastFrame = async (id: number) => {
  const { rows } = await api.db.pool.query(
    "SELECT type, payload FROM outbox WHERE stream = $1 ORDER BY id DESC LIMIT 1",
    [`conversation:${id}`],
  );
  return rows[0];
};

it("a dispute is a row and a message to all", async () => {
  const id = await openedThread(api);
  const body = { subject: "Not as agreed", description: "The roof leaks", amount: 120.5 };
  const answer = await inThread(api, id, "create-dispute/", body);
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({
    status: "success",
    dispute_status: "open",
    message: { type: "dispute", seq: 1 },
  });
  const { rows } = await api.db.pool.query("SELECT * FROM disputes WHERE id = $1", [answer.body.dispute_id]);
  expect(rows[0]).toMatchObject({ conversation_id: id, created_by: people.customer, amount: "120.50", status: "open" });
  expect(rows[0].message_id).toBe(answer.body.message.id);
  expect(await lastFrame(id)).toMatchObject({
    type: "message:new",
    payload: { message: { id: answer.body.message.id } },
  });
});

it("a payment is a row and a message to all", async () => {
  const id = await openedThread(api);
  const answer = await inThread(api, id, "initiate-payment/", { amount: 99.99, currency: "EUR" }, api.tokens.customer2);
  expect(answer.status).toBe(201);
  expect(answer.body.payment_data).toMatchObject({
    amount: 99.99,
    currency: "EUR",
    status: "initiated",
    thread_id: id,
  });
  expect(answer.body.message).toMatchObject({
    type: "payment",
    metadata: { payment_id: answer.body.id, amount: 99.99 },
  });
});

it("a job goes on until its end", async () => {
  const id = await openedThread(api, 5);
  const say = async (job_status: string) => {
    const { status, body } = await inThread(api, id, "job-update/", { job_status, message: "by hand" });
    return [status, body.status, body.message?.text ?? body.job_status];
  };
  expect(await say("in_progress")).toEqual([201, "success", "Job status: in progress. by hand"]);
  expect(await say("completed")).toEqual([201, "success", "Job status: completed. by hand"]);
  expect(await say("started")).toEqual([409, "invalid_transition", "completed"]);
});

it("400 for a negative, zero, endless or split payment, and for what is missing", async () => {
  const id = await openedThread(api);
  for (const [path, body] of [
    ["initiate-payment/", { amount: -1 }],
    ["initiate-payment/", { amount: 0 }],
    ["initiate-payment/", { amount: 1.005 }],
    ["initiate-payment/", { amount: 1e12 }],
    ["initiate-payment/", { amount: "5" }],
    ["initiate-payment/", {}],
    ["initiate-payment/", { amount: 1, currency: "euro" }],
    ["create-dispute/", { subject: "", description: "x" }],
    ["create-dispute/", { subject: "x" }],
    ["create-dispute/", { subject: "x", description: "y", amount: -5 }],
    ["job-update/", { job_status: "lost" }],
    ["job-update/", {}],
  ] as const) {
    const answer = await inThread(api, id, path, body);
    expect([body, answer.status, answer.body.status]).toEqual([body, 400, "invalid_body"]);
  }
});
