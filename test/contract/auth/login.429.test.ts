import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, limitsBy, startApi } from "../api-under-test.js";
import { makeUser } from "./signed-in.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({}, { limits: limitsBy({ RATE_LIMIT_SIGN_IN_FAILURES_PER_HOUR: "2" }) });
});
afterAll(() => api.drop());

const login = (email: string, password: string) => api.call("POST", "/api/auth/login/", { email, password });
const statuses = async (email: string) => [
  (await login(email, "wrong")).status,
  (await login(email, "wrong")).status,
  (await login(email, "wrong")).status,
];

it("after some failures, for an address that exists and one that does not alike; another address goes on", async () => {
  const [user, other] = [await makeUser(api), await makeUser(api)];
  expect(await statuses(user.email)).toEqual([401, 401, 429]);
  expect(await statuses("nobody@example.test")).toEqual([401, 401, 429]);
  const blocked = await login(user.email.toUpperCase(), user.password);
  const unknown = await login("nobody@example.test", user.password);
  for (const { status, body, headers } of [blocked, unknown]) {
    expect([status, body.status]).toEqual([429, "rate_limited"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  }
  const named = { ...user, name: "x" };
  expect((await api.call("POST", "/api/auth/register/", named)).status).toBe(429);
  expect((await login(other.email, other.password)).status).toBe(200);
});

it("a sign-in that succeeds clears what failed before it", async () => {
  const user = await makeUser(api);
  for (let round = 0; round < 2; round++) {
    expect((await login(user.email, "wrong")).status).toBe(401);
    expect((await login(user.email, user.password)).status).toBe(200);
  }
  expect(await statuses(user.email)).toEqual([401, 401, 429]);
});
