import { scryptSync } from "node:crypto";
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

it("401: a disabled user's right password is answered as a wrong one", async () => {
  await api.db.pool.query("UPDATE users SET disabled_at = now() WHERE id = $1", [userId]);
  const disabled = await login(credentials);
  await api.db.pool.query("UPDATE users SET disabled_at = NULL WHERE id = $1", [userId]);
  expect([disabled.status, disabled.body.status]).toEqual([401, "invalid_credentials"]);
  expect((await login(credentials)).status).toBe(200);
});

it("200: a hash of a lower cost is made anew, and the password goes on to fit", async () => {
  const hash = async () =>
    (await api.db.pool.query("SELECT password_hash FROM users WHERE id = $1", [userId])).rows[0]
      .password_hash as string;
  const salt = Buffer.from("0123456789abcdef");
  const key = scryptSync(credentials.password, salt, 32, { N: 1024, r: 8, p: 1 });
  const cheap = ["scrypt", 1024, 8, 1, salt.toString("base64"), key.toString("base64")].join("$");
  await api.db.pool.query("UPDATE users SET password_hash = $2 WHERE id = $1", [userId, cheap]);
  expect((await login({ ...credentials, password: "wrong" })).status).toBe(401);
  expect(await hash()).toBe(cheap);
  expect((await login(credentials)).status).toBe(200);
  expect(await hash()).toMatch(/^scrypt\$32768\$8\$3\$/);
  expect((await login(credentials)).status).toBe(200);
});

it("400: no password, a password that is a list, half of a surrogate pair", async () => {
  for (const body of [{ email: "x" }, { email: "x", password: [] }, { email: "\ud800", password: "x" }]) {
    expect((await login(body)).body.status).toBe("invalid_body");
  }
});

it("no password and no token gets into the log", async () => {
  const { body: session } = await login(credentials);
  await api.call("POST", "/api/auth/logout/", { refresh: session.refresh }, { token: session.access });
  const log = api.logLines.join("\n");
  for (const secret of [credentials.password, session.access, session.refresh]) expect(log).not.toContain(secret);
});
