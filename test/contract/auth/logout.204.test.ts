import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";
import { closing, logout, makeUser, refresh, statusWith } from "./signed-in.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());
beforeEach(() => {
  api.controls.length = 0;
});

it("ends this session with its access token, closes the user's sockets, and leaves the other sessions", async () => {
  const user = await makeUser(api);
  const [session, other] = [await user.signIn(), await user.signIn()];
  expect(await statusWith(api, session.access)).toBe(200);
  expect((await logout(api, session)).status).toBe(204);
  expect(api.controls).toEqual([closing(user.id)]);
  expect((await refresh(api, session.refresh)).status).toBe(401);
  expect(await statusWith(api, session.access)).toBe(401);
  expect([await statusWith(api, other.access), (await refresh(api, other.refresh)).status]).toEqual([200, 200]);
});

it("ends the caller's session by a used token of it as well", async () => {
  const session = await (await makeUser(api)).signIn();
  const { body: next } = await refresh(api, session.refresh);
  expect((await logout(api, next, session.refresh)).status).toBe(204);
  expect((await refresh(api, next.refresh)).status).toBe(401);
});

it("does nothing for another user's token, used or not, and one that nobody has, and answers the same", async () => {
  const [mine, theirs] = [await (await makeUser(api)).signIn(), await (await makeUser(api)).signIn()];
  const { body: renewed } = await refresh(api, theirs.refresh);
  for (const token of [renewed.refresh, theirs.refresh, "nobody's"]) {
    const answer = await logout(api, mine, token);
    expect([answer.status, answer.body]).toEqual([204, ""]);
  }
  expect(api.controls).toEqual([]);
  expect((await refresh(api, renewed.refresh)).status).toBe(200);
  expect(await statusWith(api, mine.access)).toBe(200);
});

it("401: without an access token, and with one whose session has ended", async () => {
  const session = await (await makeUser(api)).signIn();
  const body = { refresh: session.refresh };
  expect((await api.call("POST", "/api/auth/logout/", body)).status).toBe(401);
  expect((await logout(api, session)).status).toBe(204);
  expect((await logout(api, session)).status).toBe(401);
});
