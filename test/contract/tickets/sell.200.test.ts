import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ticketSchema } from "../../../src/contract/http/tickets.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { claimedMessage } from "../messages/claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());
beforeEach(() => api.db.pool.query("DELETE FROM outbox"));

const sell = (id: number, body?: unknown, token = api.tokens.agent, query = "") =>
  api.call("POST", `/api/agent/tickets/sell/${id}/${query}`, body, { token });

it("closes its owner's ticket as sold, raises its version once, and tells of it", async () => {
  const id = await claimedMessage(api);
  await api.db.pool.query("DELETE FROM outbox");
  const answer = await sell(id);
  expect(answer.status).toBe(200);
  expect(ticketSchema.parse(answer.body)).toMatchObject({
    id,
    status: "sold",
    is_sold: true,
    assigned_to: people.agent,
    version: 3,
  });
  const { rows } = await api.db.pool.query("SELECT type, stage, payload->>'reason' AS reason FROM outbox ORDER BY id");
  expect(rows).toEqual([
    { type: "message_update", stage: "assign", reason: "sell" },
    { type: "ticket", stage: null, reason: null },
  ]);
  const history = await api.db.pool.query(
    "SELECT from_agent, to_agent, why FROM assignments WHERE ticket_id = $1 ORDER BY version DESC LIMIT 1",
    [id],
  );
  expect(history.rows).toEqual([{ from_agent: people.agent, to_agent: null, why: "sell" }]);
});

it("is pulled after by a new one (seed 002)", async () => {
  const id = await claimedMessage(api);
  const next = await api.message();
  await sell(id);
  const pulled = await api.call("GET", "/api/agent/tickets/assign/", undefined, { token: api.tokens.agent });
  expect(pulled.body.assigned_tickets).not.toContain(id);
  expect(pulled.body.assigned_tickets).toContain(next);
});

it("is an agent's word, or an admin's for an agent that it names", async () => {
  const ids = [await claimedMessage(api), await claimedMessage(api), await claimedMessage(api)];
  const [own, byBody, byQuery] = ids as [number, number, number];
  expect((await sell(own, { agent_id: String(people.agent) })).status).toBe(200);
  expect((await sell(byBody, { agent_id: people.agent }, api.tokens.admin)).status).toBe(200);
  expect((await sell(byQuery, undefined, api.tokens.admin, `?agent_id=${people.agent}`)).status).toBe(200);
});

it("in the open demo it is the named agent's", async () => {
  const demo = await startApi({ openDemo: true });
  try {
    const id = await claimedMessage(demo);
    const answer = await demo.call("POST", `/api/agent/tickets/sell/${id}/?agent_id=${people.agent}`);
    expect(answer).toMatchObject({ status: 200, body: { is_sold: true } });
  } finally {
    await demo.drop();
  }
});

it("a sold ticket can be reopened, and is sold no more", async () => {
  const id = await claimedMessage(api);
  await sell(id);
  await api.call("POST", `/api/messages/${id}/reopen/`, {}, { token: api.tokens.agent });
  const read = await api.call("GET", `/api/admin/tickets/${id}/`, undefined, { token: api.tokens.admin });
  expect(read.body).toMatchObject({ status: "unassigned", is_sold: false });
});
