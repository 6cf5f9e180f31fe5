import { expect } from "vitest";
import type { Walk } from "./walk.js";

/** CONTRACT.md 4: threads, their messages, marks and matters; the thread's id. */
export async function walkThreads(walk: Walk): Promise<number> {
  const { ann, bob, agent } = walk;
  const opening = { participant_ids: [ann.id, bob.id], title: "The roof", job_id: 7 };
  const { body } = await walk.row(ann, "POST", "/api/chat/threads/", 201, opening);
  const id: number = body.id;
  const again = { client_id: bob.id, freelancer_id: ann.id, job_id: 7 };
  const same = await walk.row(
    bob,
    "POST",
    "/api/chat/threads/",
    200,
    again,
    () => "the same thread, by seed 003's names",
  );
  expect(same.body.id).toBe(id);
  const path = `/api/chat/threads/${id}/`;
  await walk.row(ann, "GET", "/api/chat/threads/", 200, undefined, ({ results }) => `${results.length}, newest first`);
  await walk.row(ann, "GET", path, 200, undefined, ({ title }) => `"${title}"`);
  await walk.row(agent, "GET", path, 404, undefined, ({ status }) => `${status} for who takes no part`);
  await walk.row(ann, "PUT", path, 200, { title: "The new roof" }, ({ title }) => `"${title}"`);
  const found = await walk.row(bob, "GET", `/api/chat/threads/by-participants/?ids=${bob.id},${ann.id}&job_id=7`, 200);
  expect(found.body.id).toBe(id);
  await walkMessages(walk, path);
  await walkMatters(walk, path);
  const gone = await walk.call(ann, "POST", "/api/chat/threads/", { participant_ids: [bob.id], job_id: 8 });
  await walk.row(ann, "DELETE", `/api/chat/threads/${gone.body.id}/`, 204);
  const fresh = await walk.row(
    ann,
    "POST",
    "/api/chat/threads/",
    201,
    { participant_ids: [bob.id], job_id: 8 },
    () => "a new one after a delete",
  );
  expect(fresh.body.id).not.toBe(gone.body.id);
  return id;
}

async function walkMessages(walk: Walk, thread: string): Promise<void> {
  const { ann, bob } = walk;
  const said = await walk.row(
    ann,
    "POST",
    `${thread}messages/`,
    201,
    { message: "It leaks", client_id: "t-1" },
    ({ seq }) => `seq ${seq}`,
  );
  const resent = await walk.call(ann, "POST", `${thread}messages/`, { message: "It leaks", client_id: "t-1" });
  expect(resent.body.id).toBe(said.body.id);
  walk.saw("the same client_id", "the same message");
  await walk.row(
    ann,
    "POST",
    `${thread}messages/`,
    403,
    { text: "Paid!", message_type: "payment" },
    ({ status }) => status,
  );
  await walk.row(ann, "POST", `${thread}messages/`, 400, { text: " " }, ({ status }) => status);
  const script = "<script>alert(1)</script>";
  const second = await walk.row(
    ann,
    "POST",
    `${thread}messages/`,
    201,
    { text: script },
    ({ text }) => `${text} kept as text`,
  );
  const page = await walk.row(
    bob,
    "GET",
    `${thread}messages/?limit=1`,
    200,
    undefined,
    ({ results }) => `${results.length}, and a cursor`,
  );
  expect(page.body.results[0].text).toBe(script);
  const unread = await walk.row(
    bob,
    "GET",
    "/api/chat/unread-count/",
    200,
    undefined,
    (counts) => `unread ${counts.unread_count}`,
  );
  expect(unread.body.unread_count).toBe(2);
  await walk.row(ann, "GET", `/api/chat/messages/${second.body.id}/`, 200, undefined, ({ status }) => status);
  await walk.row(bob, "PUT", `/api/chat/messages/${second.body.id}/`, 403, { text: "Mine" }, ({ status }) => status);
  await walk.row(ann, "PUT", `/api/chat/messages/${second.body.id}/`, 200, { text: "A typo" }, ({ edited_at: at }) =>
    at ? "edited" : "",
  );
  await walk.row(ann, "DELETE", `/api/chat/messages/${second.body.id}/`, 204);
  const tombstone = await walk.call(bob, "GET", `/api/chat/messages/${second.body.id}/`);
  expect(tombstone.body).toMatchObject({ text: "", deleted_at: expect.any(String) });
  const marked = await walk.row(
    bob,
    "POST",
    `${thread}mark-read/`,
    200,
    {},
    (one) => `marked ${one.marked_read}, unread ${one.unread_count}`,
  );
  expect(marked.body).toMatchObject({ status: "success", unread_count: 0 });
  expect((await walk.call(ann, "GET", `/api/chat/messages/${said.body.id}/`)).body).toMatchObject({
    status: "read",
    read_by: [bob.id],
  });
  walk.saw("its sender sees", "status read, read_by");
}

async function walkMatters(walk: Walk, thread: string): Promise<void> {
  const { ann, bob } = walk;
  const dispute = { subject: "Not as agreed", description: "The roof leaks", amount: 120.5 };
  await walk.row(ann, "POST", `${thread}create-dispute/`, 201, dispute, (one) => `dispute ${one.dispute_status}`);
  await walk.row(
    bob,
    "POST",
    `${thread}initiate-payment/`,
    201,
    { amount: 99.99, currency: "EUR" },
    ({ payment_data: payment }) => `${payment.amount} ${payment.currency}`,
  );
  await walk.row(bob, "POST", `${thread}initiate-payment/`, 400, { amount: -1 }, ({ status }) => status);
  await walk.row(
    bob,
    "POST",
    `${thread}job-update/`,
    201,
    { job_status: "in_progress", message: "On the roof" },
    (one) => one.job_status,
  );
  const { body } = await walk.call(ann, "GET", `${thread}messages/`);
  const kinds = body.results.map(({ type }: { type: string }) => type);
  expect(kinds).toEqual(expect.arrayContaining(["dispute", "payment", "job_update"]));
  walk.saw("their system messages", kinds.join(", "));
}

/** An agent in a support case: its message claims, in its own it answers, another's is refused, a note is the agents'. */
export async function walkCase(walk: Walk): Promise<void> {
  const { ann, agent, other } = walk;
  const { body } = await walk.call(null, "POST", "/api/messages/", { user_id: "W001", body: "My card was stolen" });
  const path = `/api/chat/threads/${body.conversation_id}/messages/`;
  await walk.row(agent, "POST", path, 201, { text: "We block it now" }, () => "claims the waiting case first");
  expect((await walk.call(agent, "GET", `/api/messages/${body.id}/`)).body).toMatchObject({
    status: "in_progress",
    assigned_to: agent.id,
  });
  await walk.row(agent, "POST", path, 201, { text: "Done" }, () => "answers its own, which stays open");
  const refused = await walk.row(other, "POST", path, 403, { text: "Me too" }, (one) => `${one.status} by ${one.by}`);
  expect(refused.body).toMatchObject({ status: "not_assigned_to_you", by: agent.name });
  await walk.row(other, "POST", path, 201, { text: "She called, too", message_type: "note" }, () => "a note");
  await walk.row(ann, "GET", path, 404, undefined, ({ status }) => `${status} for another customer`);
}
