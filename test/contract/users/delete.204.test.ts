import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { closing, makeUser, refresh, statusWith } from "../auth/signed-in.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, id: number, body?: unknown) =>
  api.call(method, `/api/users/${id}`, body, { token: api.tokens.admin });

it("204: an admin is gone for good: its tokens end, its address is free, its name stays", async () => {
  const user = await makeUser(api, "admin");
  const session = await user.signIn();
  api.controls.length = 0;
  expect((await call("DELETE", user.id)).status).toBe(204);
  expect(api.controls).toEqual([closing(user.id)]);
  expect(await statusWith(api, session.access)).toBe(401);
  expect((await refresh(api, session.refresh)).status).toBe(401);
  const { body } = await call("GET", user.id);
  expect(body).toMatchObject({ id: user.id, role: "admin", email: null, disabled: true });
  expect(body.name).not.toBe("");
  expect((await call("PATCH", user.id, { disabled: false })).status).toBe(404);
  expect((await call("DELETE", user.id)).status).toBe(404);
  expect((await call("PATCH", people.agent2, { email: user.email })).status).toBe(200);
});

it("204: an agent gives back what it holds, and cannot be enabled again", async () => {
  const user = await makeUser(api);
  const ticketId = await api.message();
  const claim = `/api/messages/${ticketId}/claim`;
  expect((await api.call("POST", claim, { agent_id: user.id }, { token: api.tokens.admin })).status).toBe(200);
  expect((await call("DELETE", user.id)).status).toBe(204);
  const ticket = await api.call("GET", `/api/messages/${ticketId}`, undefined, { token: api.tokens.admin });
  expect(ticket.body).toMatchObject({ status: "unassigned", assigned_to: null });
  expect((await call("PATCH", user.id, { disabled: false })).status).toBe(404);
  expect((await call("DELETE", user.id)).status).toBe(404);
});
