import { afterAll, beforeAll, expect, test } from "vitest";
import { findInTables } from "../../support/dump.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

let requests = 0;

/** Calls, and answers what the audit log has of that call. */
async function act(method: string, path: string, body?: unknown, token = api.tokens.admin) {
  const requestId = `act-${++requests}`;
  const answer = await api.call(method, path, body, { token, headers: { "x-request-id": requestId } });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  const { rows } = await api.db.pool.query(
    `SELECT actor_id, action, subject_kind AS kind, subject_id AS id, before, after
     FROM audit_log WHERE request_id = $1 ORDER BY id`,
    [requestId],
  );
  return { answer: answer.body, rows };
}

/** The one row of an act of the admin. */
async function one(method: string, path: string, body?: unknown) {
  const { rows, answer } = await act(method, path, body);
  expect(rows).toHaveLength(1);
  const { actor_id, action, kind, id, before, after } = rows[0];
  expect(actor_id).toBe(people.admin);
  return { answer, row: [action, `${kind} ${id}`, before, after] };
}

test("what an admin does with threads and who takes part in them, without their titles", async () => {
  const { customer, customer2, agent, admin } = people;
  const { answer, row } = await one("POST", "/api/chat/threads/", {
    participant_ids: [customer, customer2],
    job_id: 77,
  });
  const subject = `conversation ${answer.id}`;
  expect(row).toEqual(["conversation.open", subject, null, { user_ids: [customer, customer2], job_id: 77 }]);
  const path = `/api/chat/conversations/${answer.id}/`;
  expect((await one("PATCH", path, { title: "xqtitle", is_archived: true })).row).toEqual([
    ...["conversation.update", subject, { is_archived: false }, { fields: ["title"], is_archived: true }],
  ]);
  expect((await act("PATCH", path, { title: "xqtitle", is_archived: true })).rows).toEqual([]);
  expect((await act("PATCH", path, { title: "xqother" }, api.tokens.customer)).rows).toEqual([]);
  expect((await one("PUT", `/api/chat/threads/${answer.id}/`, { title: "xqthird" })).row).toEqual([
    ...["conversation.update", subject, null, { fields: ["title"] }],
  ]);
  expect((await one("POST", `${path}participants/`, { user_id: agent })).row).toEqual([
    ...["conversation.join", subject, null, { user_id: agent }],
  ]);
  expect((await act("POST", `${path}participants/`, { user_id: agent })).rows).toEqual([]);
  expect((await one("DELETE", `${path}participants/${agent}/`)).row).toEqual([
    ...["conversation.leave", subject, { user_id: agent }, null],
  ]);
  expect((await one("DELETE", `/api/chat/threads/${answer.id}/`)).row).toEqual([
    ...["conversation.delete", subject, { created_by: admin }, null],
  ]);
});

test("what an admin does with disputes, payments and jobs, without their texts", async () => {
  const { body: thread } = await api.call(
    ...(["POST", "/api/chat/threads/", { participant_ids: [people.customer2], job_id: 78 }] as const),
    { token: api.tokens.customer },
  );
  const path = `/api/chat/threads/${thread.id}`;
  const dispute = await act(
    ...(["POST", `${path}/create-dispute/`, { subject: "xqsubject", description: "xqwords" }] as const),
    api.tokens.customer,
  );
  expect(dispute.rows).toEqual([]);
  const { id } = dispute.answer;
  expect((await one("PATCH", `/api/chat/disputes/${id}/`, { status: "rejected", note: "xqnote" })).row).toEqual([
    ...["dispute.update", `dispute ${id}`, { status: "open" }, { status: "rejected" }],
  ]);
  const payment = await act("POST", `${path}/initiate-payment/`, { amount: 5 }, api.tokens.customer);
  expect((await one("PATCH", `/api/chat/payments/${payment.answer.id}/`, { status: "failed" })).row).toEqual([
    ...["payment.update", `payment ${payment.answer.id}`, { status: "initiated" }, { status: "failed" }],
  ]);
  const conversation_id = (await api.message("xqcustomer")) && (await latestCase());
  const inCase = `/api/chat/threads/${conversation_id}`;
  const made = await one("POST", `${inCase}/create-dispute/`, { subject: "xqsubject", description: "d", amount: 3 });
  expect(made.row).toEqual(["dispute.create", `dispute ${made.answer.id}`, null, { conversation_id, amount: 3 }]);
  const paid = await one("POST", `${inCase}/initiate-payment/`, { amount: 4, description: "xqwords" });
  expect(paid.row).toEqual([
    ...["payment.create", `payment ${paid.answer.id}`, null, { conversation_id, amount: 4, currency: "USD" }],
  ]);
  expect((await one("POST", `${inCase}/job-update/`, { job_status: "started", message: "xqwords" })).row).toEqual([
    ...["job.update", `conversation ${conversation_id}`, { job_status: null }, { job_status: "started" }],
  ]);
});

const latestCase = async () =>
  (await api.db.pool.query("SELECT max(conversation_id)::int AS id FROM tickets")).rows[0].id as number;

test("no word of those who talk is in any row, though the rest of the database has them", async () => {
  const found = await findInTables(api.db, ["xq"]);
  expect(found).toEqual(expect.arrayContaining(["public.messages: xq", "public.disputes: xq"]));
  expect(found).not.toContain("public.audit_log: xq");
});
