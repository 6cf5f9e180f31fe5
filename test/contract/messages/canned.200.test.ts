import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const makeCanned = async (text: string) =>
  (await api.call("POST", "/api/canned/", { title: "t", text }, { token: api.tokens.agent })).body.id as number;

it("replies with the canned text filled in, counts the use, and closes", async () => {
  const canned_id = await makeCanned("Dear {{customer.name}} ({{ customer.user_id }}), {{batch}}. {{agent.name}}");
  const id = await claimedMessage(api);
  const answer = await act(api, id, "canned", { agent_id: people.agent, canned_id, variables: { batch: 7 } });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    status: "closed",
    reply: { text: "Dear Cleo (U001), 7. Agent 1", canned_id },
  });
  const canned = await api.call("GET", `/api/canned/${canned_id}`, undefined, { token: api.tokens.agent });
  expect(canned.body.uses).toBe(1);
});
