import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const makeCanned = async (text = "Hello.") =>
  (await api.call("POST", "/api/canned/", { title: "t", text }, { token: api.tokens.agent })).body.id as number;

it("400: no agent, no canned reply, variables of the wrong kind, an empty text once it is filled in", async () => {
  const canned_id = await makeCanned();
  const id = await claimedMessage(api);
  const refused = async (body: unknown) => {
    const { status, body: problem } = await act(api, id, "canned", body);
    return [status, problem.status];
  };
  expect(await refused({ canned_id })).toEqual([400, "invalid_agent_id"]);
  expect(await refused({ agent_id: 1 })).toEqual([400, "invalid_body"]);
  expect(await refused({ agent_id: 1, canned_id: "two" })).toEqual([400, "invalid_body"]);
  expect(await refused({ agent_id: 1, canned_id, variables: { a: {} } })).toEqual([400, "invalid_body"]);
  expect(await refused({ agent_id: 1, canned_id: await makeCanned("{{nothing}}") })).toEqual([400, "empty_reply"]);
});

it("403: another agent's message", async () => {
  const body = { agent_id: people.agent2, canned_id: await makeCanned() };
  const answer = await act(api, await claimedMessage(api), "canned", body, api.tokens.agent2);
  expect([answer.status, answer.body.status, answer.body.by]).toEqual([403, "not_assigned_to_you", "Agent 1"]);
});

it("404: no such message, no such canned reply", async () => {
  const noMessage = await act(api, 999_999, "canned", { agent_id: 1, canned_id: await makeCanned() });
  expect([noMessage.status, noMessage.body.status]).toEqual([404, "message_not_found"]);
  const noCanned = await act(api, await claimedMessage(api), "canned", { agent_id: 1, canned_id: 4711 });
  expect([noCanned.status, noCanned.body.status]).toEqual([404, "canned_not_found"]);
});

it("409: not claimed, closed, stale", async () => {
  const canned_id = await makeCanned();
  const send = async (id: number, more = {}) =>
    (await act(api, id, "canned", { agent_id: 1, canned_id, ...more })).body.status;
  const id = await api.message();
  expect(await send(id)).toBe("not_claimed");
  await act(api, id, "claim", { agent_id: 1 });
  expect(await send(id, { version: 1 })).toBe("stale_version");
  await send(id);
  expect(await send(id)).toBe("already_closed");
});
