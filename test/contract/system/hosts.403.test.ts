import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ ALLOWED_HOSTS: ["desk.example.test", "Other.example.test:8443", "2001:db8::1"] });
});
afterAll(() => api.drop());

it("serves the hosts on ALLOWED_HOSTS and no other", async () => {
  const get = (host: string) => api.call("GET", "/healthz", undefined, { headers: { host } });
  expect((await get("desk.example.test")).status).toBe(200);
  expect((await get("Desk.example.test:443")).status).toBe(200);
  for (const host of ["desk.example.test.", "other.EXAMPLE.test:8443", "[2001:db8::1]", "[2001:DB8::1]:8000"]) {
    expect((await get(host)).status, host).toBe(200);
  }
  for (const host of [
    "evil.example",
    "127.0.0.1:8000",
    "desk.example.test.evil.example",
    "desk.example.test:80:evil.example",
    "desk.example.test@evil.example",
    "evil.example/desk.example.test",
    "other.example.test",
    "other.example.test:80",
    "[2001:db8::2]",
    "",
  ]) {
    const answer = await get(host);
    expect([answer.status, answer.body.status]).toEqual([403, "host_not_allowed"]);
    expect(answer.headers.get("x-request-id")).toBeTruthy();
  }
});
