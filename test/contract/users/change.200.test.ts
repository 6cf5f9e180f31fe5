import { afterAll, beforeAll, expect, it } from "vitest";
import { userSchema } from "../../../src/contract/http/users.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { closing, makeUser, refresh, statusWith } from "../auth/signed-in.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const admin = () => ({ token: api.tokens.admin });
const change = (id: number, body: unknown) => api.call("PATCH", `/api/users/${id}`, body, admin());
const login = (email: string, password: string) => api.call("POST", "/api/auth/login/", { email, password });
const audited = async (id: number) =>
  (
    await api.db.pool.query("SELECT action, before, after FROM audit_log WHERE subject_id = $1 ORDER BY id", [
      String(id),
    ])
  ).rows;

it("200: one user, and what was changed of it, kept in the audit log", async () => {
  const answer = await change(people.agent2, { name: "Amina", email: "amina@example.test" });
  expect(answer.status).toBe(200);
  expect(userSchema.parse(answer.body)).toMatchObject({ name: "Amina", email: "amina@example.test", disabled: false });
  const read = await api.call("GET", `/api/users/${people.agent2}`, undefined, admin());
  expect([read.status, read.body]).toEqual([200, answer.body]);
  expect(await audited(people.agent2)).toEqual([
    {
      action: "user.update",
      before: { name: "Agent 2", email: "agent2@example.test", disabled: false },
      after: { name: "Amina", email: "amina@example.test", disabled: false },
    },
  ]);
});

it("200: the role that it is, and nothing at all, change nothing", async () => {
  expect((await change(people.agent, { role: "agent" })).status).toBe(200);
  expect((await change(people.agent, {})).status).toBe(200);
  expect(await audited(people.agent)).toEqual([]);
});

it("200: disabled, its tokens, sessions and sockets end at once; an agent's tickets wait again", async () => {
  const user = await makeUser(api);
  const session = await user.signIn();
  const ids = [await api.message(), await api.message()];
  const claimed = await api.call(
    "POST",
    `/api/messages/${ids[0]}/claim`,
    { agent_id: user.id },
    { token: session.access },
  );
  expect(claimed.status).toBe(200);
  api.controls.length = 0;
  const answer = await change(user.id, { disabled: true });
  expect(answer.body).toMatchObject({ id: user.id, disabled: true });
  expect(api.controls).toEqual([closing(user.id)]);
  expect(await statusWith(api, session.access)).toBe(401);
  expect((await refresh(api, session.refresh)).status).toBe(401);
  expect((await login(user.email, user.password)).status).toBe(401);
  const ticket = await api.call("GET", `/api/messages/${ids[0]}`, undefined, admin());
  expect(ticket.body).toMatchObject({ status: "unassigned", assigned_to: null, version: claimed.body.version + 1 });
  const { rows } = await api.db.pool.query("SELECT availability FROM agents WHERE id = $1", [user.id]);
  expect(rows).toEqual([{ availability: "offline" }]);
});

it("200: disabled, an agent is given nothing on any path, also by an admin; enabled again it is", async () => {
  const user = await makeUser(api);
  const id = await api.message();
  await change(user.id, { disabled: true });
  await change(user.id, { disabled: true });
  const asAdmin = async (method: string, path: string, body?: unknown) => {
    const answer = await api.call(method, path, body, admin());
    return [answer.status, answer.body.status];
  };
  const claim = () => asAdmin("POST", `/api/messages/${id}/claim/`, { agent_id: user.id });
  const none = [404, "agent_not_found"];
  expect(await claim()).toEqual(none);
  expect(await asAdmin("GET", `/api/agent/tickets/assign/?agent_id=${user.id}`)).toEqual(none);
  expect((await asAdmin("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }))[0]).toBe(200);
  expect(await asAdmin("POST", `/api/messages/${id}/transfer/`, { to_agent_id: user.id })).toEqual(none);
  await change(user.id, { disabled: false });
  expect((await asAdmin("POST", `/api/messages/${id}/transfer/`, { to_agent_id: user.id }))[0]).toBe(200);
});

it("200: enabled again it signs in anew, and what it had before stays ended", async () => {
  const user = await makeUser(api, "admin");
  const before = await user.signIn();
  await change(user.id, { disabled: true });
  expect((await change(user.id, { disabled: false })).body.disabled).toBe(false);
  const after = await user.signIn();
  expect([await statusWith(api, after.access), await statusWith(api, before.access)]).toEqual([200, 401]);
});

it("200: another password ends its tokens, sessions and sockets; no hash gets into the audit log", async () => {
  const user = await makeUser(api);
  const session = await user.signIn();
  api.controls.length = 0;
  expect((await change(user.id, { password: "another password" })).status).toBe(200);
  expect(api.controls).toEqual([closing(user.id)]);
  expect(await statusWith(api, session.access)).toBe(401);
  expect((await refresh(api, session.refresh)).status).toBe(401);
  expect((await login(user.email, user.password)).status).toBe(401);
  const signedIn = await login(user.email, "another password");
  expect(await statusWith(api, signedIn.body.access)).toBe(200);
  expect(await audited(user.id)).toEqual([{ action: "user.password", before: null, after: null }]);
});

it("of a customer the audit log has the names of the fields only", async () => {
  await change(people.customer, { name: "Cleopatra" });
  expect(await audited(people.customer)).toEqual([
    { action: "user.update", before: { disabled: false }, after: { disabled: false, fields: ["name"] } },
  ]);
});
