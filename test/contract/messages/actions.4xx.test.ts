import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const actions = [
  ["release", {}],
  ["transfer", { to_agent_id: people.agent2 }],
  ["snooze", { until: "2999-01-01T00:00:00Z" }],
] as const;
const codeOf = async (...call: Parameters<typeof act>) => {
  const { status, body } = await act(...call);
  return [status, body.status];
};

it.each(actions)("%s: 404, 403 with the owner's name, 409 before and after", async (action, body) => {
  expect(await codeOf(api, 999_999, action, body)).toEqual([404, "message_not_found"]);
  const id = await api.message();
  expect(await codeOf(api, id, action, body)).toEqual([409, "not_claimed"]);
  await act(api, id, "claim", { agent_id: people.agent });
  const other = await act(api, id, action, body, api.tokens.agent2);
  expect([other.status, other.body.status, other.body.by]).toEqual([403, "not_assigned_to_you", "Agent 1"]);
  expect(await codeOf(api, id, action, body, api.tokens.customer)).toEqual([403, "forbidden"]);
  expect(await codeOf(api, id, action, { ...body, agent_id: people.agent2 })).toEqual([403, "not_your_agent"]);
  expect(await codeOf(api, id, action, { ...body, agent_id: 4711 })).toEqual([404, "agent_not_found"]);
  await act(api, id, "reply", { agent_id: people.agent, text: "done" });
  expect(await codeOf(api, id, action, body)).toEqual([409, "already_closed"]);
});

it("transfer: 400 without an agent, 404 to nobody, 409 to a full one", async () => {
  const id = await claimedMessage(api);
  expect(await codeOf(api, id, "transfer", {})).toEqual([400, "invalid_body"]);
  expect(await codeOf(api, id, "transfer", { to_agent_id: 4711 })).toEqual([404, "agent_not_found"]);
  await api.db.pool.query("UPDATE agents SET capacity = 0 WHERE id = $1", [people.agent2]);
  expect(await codeOf(api, id, "transfer", { to_agent_id: people.agent2 })).toEqual([409, "at_capacity"]);
});

it("snooze: 400 for a time that is past, too far, without a zone, or none", async () => {
  const id = await claimedMessage(api);
  for (const until of ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2030-01-01T00:00:00", "soon", 5, undefined]) {
    expect(await codeOf(api, id, "snooze", { until })).toEqual([400, "invalid_body"]);
  }
});

it("reopen: 409 for one that is open, 403 for another's, 409 beside a newer one", async () => {
  const id = await claimedMessage(api);
  expect(await codeOf(api, id, "reopen")).toEqual([409, "not_closed"]);
  await act(api, id, "reply", { agent_id: people.agent, text: "done" });
  expect(await codeOf(api, id, "reopen", {}, api.tokens.agent2)).toEqual([403, "not_assigned_to_you"]);
  await api.db.pool.query("UPDATE tickets SET closed_at = now() - interval '10 days' WHERE id = $1", [id]);
  await api.call("POST", "/api/messages/", { body: "again", reply_to: id }, { token: api.tokens.customer });
  expect(await codeOf(api, id, "reopen")).toEqual([409, "conversation_busy"]);
});

it("notes, urgency and presence: 400 for what is wrong, 404, 403 for a customer", async () => {
  const id = await api.message();
  for (const [action, wrong, right] of [
    ["notes", { text: "" }, { text: "x" }],
    ["urgency", { level: "huge" }, { level: "low" }],
    ["presence", { state: "asleep" }, { state: "gone" }],
  ] as const) {
    expect(await codeOf(api, id, action, wrong)).toEqual([400, "invalid_body"]);
    expect(await codeOf(api, 999_999, action, right)).toEqual([404, "message_not_found"]);
    expect(await codeOf(api, id, action, right, api.tokens.customer)).toEqual([403, "forbidden"]);
  }
});

it("suggestions: 404, 403 for a customer", async () => {
  const path = (id: number) => `/api/messages/${id}/suggestions/`;
  expect((await api.call("GET", path(999_999), undefined, { token: api.tokens.agent })).body.status).toBe(
    "message_not_found",
  );
  expect((await api.call("GET", path(1), undefined, { token: api.tokens.customer })).body.status).toBe("forbidden");
});
