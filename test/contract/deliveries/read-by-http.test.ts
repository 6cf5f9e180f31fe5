import { afterAll, beforeAll, expect, it } from "vitest";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { inThread, supportCase } from "../threads/opened.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

/** A case that was answered: its customer has neither socket nor webhook nor mail. */
async function answered(): Promise<{ ticketId: number; conversationId: number; state: () => Promise<unknown> }> {
  const made = await supportCase(api);
  await api.call(
    "POST",
    `/api/messages/${made.ticketId}/claim/`,
    { agent_id: people.agent },
    { token: api.tokens.agent },
  );
  const body = { agent_id: people.agent, text: "Within 24 hours." };
  await api.call("POST", `/api/messages/${made.ticketId}/reply/`, body, { token: api.tokens.agent });
  const state = async () => {
    const found = await api.call("GET", `/api/messages/${made.ticketId}/`, undefined, { token: api.tokens.agent });
    return found.body.reply.delivery;
  };
  return { ...made, state };
}

async function bite(): Promise<void> {
  const client = await api.db.pool.connect();
  try {
    while ((await biteOutbox(client)).length > 0);
  } finally {
    client.release();
  }
}

const told = async (ticketId: number) =>
  (
    await api.db.pool.query(
      `SELECT 1 FROM (SELECT payload FROM outbox UNION ALL SELECT payload FROM events) e
       WHERE payload->>'reason' = 'delivered' AND (payload->>'message_id')::bigint = $1`,
      [ticketId],
    )
  ).rowCount;

it.each([
  ["GET /api/messages/<id>/", ({ ticketId }: { ticketId: number }) => `/api/messages/${ticketId}/`],
  [
    "GET /api/chat/threads/<id>/messages/",
    ({ conversationId }: { conversationId: number }) => `/api/chat/threads/${conversationId}/messages/`,
  ],
])("a customer that fetches a reply by %s has it: delivered, told once, and still unread", async (_, path) => {
  const made = await answered();
  const { ticketId, conversationId, state } = made;
  expect(await state()).toBe("pending");
  for (const token of [api.tokens.agent, api.tokens.admin, api.tokens.customer2]) {
    await api.call("GET", path(made), undefined, { token });
  }
  expect(await state()).toBe("pending");
  for (let n = 0; n < 2; n++) {
    expect((await api.call("GET", path(made), undefined, { token: api.tokens.customer })).status).toBe(200);
  }
  expect([await state(), await told(ticketId)]).toEqual(["sent", 1]);
  expect((await inThread(api, conversationId, "")).body.unread_count).toBe(1);
});

it("a customer that polls for what comes after a reply has it; one that was only shown it, or names no such place, has not", async () => {
  const { ticketId, conversationId, state } = await answered();
  await bite();
  const poll = async (query: string, token = api.tokens.customer) =>
    (await api.call("GET", `/api/events/?stream=conversation:${conversationId}&wait=0${query}`, undefined, { token }))
      .body;
  const { pos, epoch } = await poll("");
  const { frames } = await poll("&since=0");
  const at = frames.find((frame: { message?: { text: string } }) => frame.message?.text === "Within 24 hours.").pos;
  await poll(`&since=${at - 1}`);
  await poll(`&since=${pos + 1000}`);
  await poll(`&since=${pos}&epoch=another`);
  await poll(`&since=${pos}`, api.tokens.agent);
  expect(await state()).toBe("pending");
  await poll(`&since=${at}&epoch=${epoch}`);
  expect([await state(), await told(ticketId)]).toEqual(["sent", 1]);
});

it("a mark settles it as well", async () => {
  const { conversationId, state } = await answered();
  await inThread(api, conversationId, "mark-read/", {});
  expect(await state()).toBe("sent");
});
