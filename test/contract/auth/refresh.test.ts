import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sessionSchema } from "../../../src/contract/http/auth.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";
import { closing, expire, makeUser, refresh, statusWith } from "./signed-in.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ SESSIONS_MAX: 3 });
});
afterAll(() => api.drop());

const refused = [401, "unauthorized"];
const codeOf = async (token: string) => {
  const { status, body } = await refresh(api, token);
  return [status, body.status];
};

it("200: another pair, which works; the access token of before goes on until it expires", async () => {
  const session = await (await makeUser(api)).signIn();
  const renewed = await refresh(api, session.refresh);
  expect(renewed.status).toBe(200);
  const next = sessionSchema.parse(renewed.body);
  expect(next.user).toEqual(session.user);
  expect(next.refresh).not.toBe(session.refresh);
  expect([await statusWith(api, next.access), await statusWith(api, session.access)]).toEqual([200, 200]);
  expect((await refresh(api, next.refresh)).status).toBe(200);
});

it("401: a used one ends its whole session at once, closes the sockets, and is warned of in the log alone", async () => {
  const user = await makeUser(api);
  const [stolen, other] = [await user.signIn(), await user.signIn()];
  const { body: thiefs } = await refresh(api, stolen.refresh);
  api.controls.length = 0;
  const reused = await refresh(api, stolen.refresh);
  const unknown = await refresh(
    api,
    `${stolen.refresh.slice(0, 32).replace(/./g, "0")}.${randomBytes(32).toString("base64url")}`,
  );
  expect([reused.status, reused.body]).toEqual([401, unknown.body]);
  expect(api.controls).toEqual([closing(user.id)]);
  const warnings = api.logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
  expect(warnings).toEqual([
    expect.objectContaining({ user_id: user.id, msg: expect.stringContaining("shown again") }),
  ]);
  expect(await codeOf(thiefs.refresh)).toEqual(refused);
  expect([await statusWith(api, thiefs.access), await statusWith(api, stolen.access)]).toEqual([401, 401]);
  // What the thief never had goes on.
  expect([await statusWith(api, other.access), (await refresh(api, other.refresh)).status]).toEqual([200, 200]);
  expect(api.logLines.join("\n")).not.toContain(stolen.refresh);
});

it("401: a token that names a session, with another secret", async () => {
  const session = await (await makeUser(api)).signIn();
  expect(await codeOf(`${session.refresh.slice(0, 33)}${randomBytes(32).toString("base64url")}`)).toEqual(refused);
});

it("401: what is no token, an unknown and an expired one, which is no reuse", async () => {
  const user = await makeUser(api);
  const session = await user.signIn();
  await expire(api, session);
  api.controls.length = 0;
  for (const token of ["x", randomBytes(32).toString("base64url"), session.refresh]) {
    expect(await codeOf(token)).toEqual(refused);
  }
  expect(api.controls).toEqual([]);
});

it("401: of a user that was disabled; enabled again it is not there any more", async () => {
  const user = await makeUser(api);
  const session = await user.signIn();
  const admin = { token: api.tokens.admin };
  expect((await api.call("PATCH", `/api/users/${user.id}`, { disabled: true }, admin)).status).toBe(200);
  expect(await codeOf(session.refresh)).toEqual(refused);
  await api.call("PATCH", `/api/users/${user.id}`, { disabled: false }, admin);
  expect(await codeOf(session.refresh)).toEqual(refused);
});

it("200: a token of before sessions had names, and then one with a name", async () => {
  const user = await makeUser(api);
  const session = await user.signIn();
  const old = randomBytes(32).toString("base64url");
  await api.db.pool.query(`UPDATE refresh_tokens SET token_hash = sha256($2::bytea) WHERE user_id = $1`, [
    user.id,
    Buffer.from(old),
  ]);
  const renewed = await refresh(api, old);
  expect(renewed.status).toBe(200);
  expect(renewed.body.refresh.slice(0, 33)).toBe(session.refresh.slice(0, 33));
  expect(await codeOf(old)).toEqual(refused);
});

it("a user has so many sessions: one more ends the one that is unused longest, and those that ran out", async () => {
  const user = await makeUser(api);
  const first = await user.signIn();
  const second = await user.signIn();
  const third = await user.signIn();
  const { body: renewed } = await refresh(api, first.refresh);
  await user.signIn();
  expect(await codeOf(second.refresh)).toEqual(refused);
  expect(await statusWith(api, second.access)).toBe(401);
  expect([await statusWith(api, renewed.access), await statusWith(api, third.access)]).toEqual([200, 200]);
  await expire(api, third);
  await user.signIn();
  expect((await refresh(api, renewed.refresh)).status).toBe(200);
  const { rows } = await api.db.pool.query("SELECT 1 FROM refresh_tokens WHERE user_id = $1", [user.id]);
  expect(rows).toHaveLength(3);
});
