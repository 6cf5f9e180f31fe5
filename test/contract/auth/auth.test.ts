import { afterAll, beforeAll, expect, it } from "vitest";
import { createUser } from "../../../src/commands/create-user.js";
import { sessionSchema } from "../../../src/contract/http/auth.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let userId: number;
const credentials = { email: "Eve@Example.test", password: "correct horse battery" };

beforeAll(async () => {
  api = await startApi();
  userId = (await createUser({ db: api.db }, { role: "agent", name: "Eve", ...credentials })).id;
});
afterAll(() => api.drop());

const login = (body: unknown) => api.call("POST", "/api/auth/login/", body);

it("200: signs in, whatever the case of the address; the token works", async () => {
  const answer = await login({ ...credentials, email: "eve@example.TEST" });
  expect(answer.status).toBe(200);
  const session = sessionSchema.parse(answer.body);
  expect(session.user).toEqual({ id: userId, role: "agent", name: "Eve", email: credentials.email });
  expect((await api.call("GET", "/api/agents/", undefined, { token: session.access })).status).toBe(200);
});

it("401: a wrong password and an unknown address are answered alike", async () => {
  const wrong = await login({ ...credentials, password: "wrong" });
  const unknown = await login({ email: "nobody@example.test", password: "wrong" });
  expect(wrong.status).toBe(401);
  expect(wrong.body.status).toBe("invalid_credentials");
  expect(unknown.body).toEqual(wrong.body);
});

it("400: no password, a password that is a list, half of a surrogate pair", async () => {
  for (const body of [{ email: "x" }, { email: "x", password: [] }, { email: "\ud800", password: "x" }]) {
    expect((await login(body)).body.status).toBe("invalid_body");
  }
});

it("a refresh token works once", async () => {
  const { body: session } = await login(credentials);
  const refresh = { refresh: session.refresh };
  const renewed = await api.call("POST", "/api/auth/refresh/", refresh);
  expect(renewed.status).toBe(200);
  expect(sessionSchema.parse(renewed.body).refresh).not.toBe(session.refresh);
  const again = await api.call("POST", "/api/auth/refresh/", refresh);
  expect([again.status, again.body.status]).toEqual([401, "unauthorized"]);
});

it("signing out revokes the refresh token and closes the user's sockets", async () => {
  const { body: session } = await login(credentials);
  const refresh = { refresh: session.refresh };
  expect((await api.call("POST", "/api/auth/logout/", refresh)).status).toBe(401);
  const out = await api.call("POST", "/api/auth/logout/", refresh, { token: session.access });
  expect(out.status).toBe(204);
  expect(api.controls).toContainEqual({ kind: "close_user", userId, code: 4401, reason: expect.any(String) });
  expect((await api.call("POST", "/api/auth/refresh/", refresh)).status).toBe(401);
  expect((await api.call("POST", "/api/auth/logout/", refresh, { token: session.access })).status).toBe(204);
});

it("no password and no token gets into the log", async () => {
  const { body: session } = await login(credentials);
  await api.call("POST", "/api/auth/logout/", { refresh: session.refresh }, { token: session.access });
  const log = api.logLines.join("\n");
  for (const secret of [credentials.password, session.access, session.refresh]) expect(log).not.toContain(secret);
});
