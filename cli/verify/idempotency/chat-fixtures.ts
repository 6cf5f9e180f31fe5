import { randomInt } from "node:crypto";
import type { MakeFixture } from "./fixtures.js";
import type { Ground } from "./ground.js";

type Body = Record<string, unknown>;

/** Something that the customer of a thread does in it. */
const inThread =
  (rest: string, body: (ground: Ground) => Body, otherBody: (ground: Ground) => Body): MakeFixture =>
  async (ground) => ({
    ...{ path: `/api/chat/threads/${(await ground.thread()).id}/${rest}`, as: ground.customer },
    ...{ body: body(ground), otherBody: otherBody(ground) },
  });

/** Fixtures of the routes of conversations, threads and chat messages (CONTRACT.md 3 and 4). */
export const chatFixtures: Readonly<Record<string, MakeFixture>> = {
  "POST /api/user-response/": ({ customer, mark }) => ({
    ...{ path: "/api/user-response/", as: customer, body: { text: `Hello ${mark}` } },
    otherBody: { text: `Good day ${mark}` },
  }),
  "PATCH /api/chat/conversations/{id}/": async ({ customer, thread, mark }) => ({
    ...{ path: `/api/chat/conversations/${(await thread()).id}/`, as: customer },
    ...{ body: { title: `Now ${mark}`, is_archived: true }, otherBody: { title: `Then ${mark}`, is_archived: true } },
  }),
  "POST /api/chat/conversations/{id}/participants/": async ({ customer, thread, person }) => ({
    ...{ path: `/api/chat/conversations/${(await thread()).id}/participants/`, as: customer },
    ...{ body: { user_id: await person("agent") }, otherBody: { user_id: await person("customer") } },
  }),
  "DELETE /api/chat/conversations/{id}/participants/{user_id}/": async ({ customer, other, thread }) => ({
    ...{ path: `/api/chat/conversations/${(await thread()).id}/participants/${other.id}/`, as: customer },
  }),
  // With a job of its own each time, so that the thread is never there already.
  "POST /api/chat/threads/": ({ customer, agent, mark }) => {
    const body = { participant_ids: [agent.id], title: `New ${mark}`, job_id: randomInt(1, 2 ** 40) };
    return { path: "/api/chat/threads/", as: customer, body, otherBody: { ...body, job_id: body.job_id + 1 } };
  },
  "PUT /api/chat/threads/{id}/": inThread(
    "",
    ({ mark }) => ({ title: `Changed ${mark}`, is_archived: true }),
    ({ mark }) => ({ title: `Other ${mark}`, is_archived: true }),
  ),
  "DELETE /api/chat/threads/{id}/": async ({ customer, thread }) => ({
    ...{ path: `/api/chat/threads/${(await thread()).id}/`, as: customer },
  }),
  "POST /api/chat/threads/{id}/messages/": inThread(
    "messages/",
    ({ mark }) => ({ text: `Hello ${mark}` }),
    ({ mark }) => ({ text: `Bye ${mark}` }),
  ),
  "POST /api/chat/threads/{id}/mark-read/": inThread(
    "mark-read/",
    () => ({ up_to: 1 }),
    () => ({ up_to: 0 }),
  ),
  "POST /api/chat/threads/{id}/create-dispute/": inThread(
    "create-dispute/",
    ({ mark }) => ({ subject: `Late ${mark}`, description: "It is late", amount: 12.5 }),
    ({ mark }) => ({ subject: `Late ${mark}`, description: "It is late", amount: 13 }),
  ),
  "PATCH /api/chat/disputes/{id}/": async ({ admin, matter, mark }) => ({
    ...{ path: `/api/chat/disputes/${await matter("disputes")}/`, as: admin },
    ...{ body: { status: "resolved", note: `Settled ${mark}` }, otherBody: { status: "rejected" } },
  }),
  "PATCH /api/chat/payments/{id}/": async ({ customer, matter, mark }) => ({
    ...{ path: `/api/chat/payments/${await matter("payments")}/`, as: customer },
    ...{ body: { status: "cancelled", note: `Not now ${mark}` }, otherBody: { status: "cancelled" } },
  }),
  "POST /api/chat/threads/{id}/initiate-payment/": inThread(
    "initiate-payment/",
    ({ mark }) => ({ amount: 20, currency: "EUR", description: `Fee ${mark}` }),
    ({ mark }) => ({ amount: 21, currency: "EUR", description: `Fee ${mark}` }),
  ),
  "POST /api/chat/threads/{id}/job-update/": inThread(
    "job-update/",
    ({ mark }) => ({ job_status: "started", message: `Begun ${mark}` }),
    ({ mark }) => ({ job_status: "submitted", message: `Done ${mark}` }),
  ),
  "PUT /api/chat/messages/{id}/": async ({ agent, thread, mark }) => ({
    ...{ path: `/api/chat/messages/${(await thread()).messageId}/`, as: agent },
    ...{ body: { text: `Mended ${mark}` }, otherBody: { text: `Mended again ${mark}` } },
  }),
  "DELETE /api/chat/messages/{id}/": async ({ agent, thread }) => ({
    ...{ path: `/api/chat/messages/${(await thread()).messageId}/`, as: agent },
  }),
};
