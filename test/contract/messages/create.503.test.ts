import { afterAll, beforeAll, expect, it } from "vitest";
import type { ApiDependencies } from "../../../src/api/dependencies.js";
import { Refusal } from "../../../src/domain/errors.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

type Receive = ApiDependencies["intake"]["receive"];

let api: ApiUnderTest;
let receive: Receive;
beforeAll(async () => {
  api = await startApi({}, { intake: { waiting: 0, receive: (...given: Parameters<Receive>) => receive(...given) } });
});
afterAll(() => api.drop());

const send = () => api.call("POST", "/api/messages/", { user_id: "U001", body: "hello" }, { token: api.tokens.admin });

it("says when too many wait, and when to try again", async () => {
  receive = () => Promise.reject(new Refusal("overloaded", "Too many at once."));
  const answer = await send();
  expect(answer.status).toBe(503);
  expect(answer.body.status).toBe("overloaded");
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});

it("says when the database is away, and nothing of it", async () => {
  const lost = Object.assign(new Error("connect ECONNREFUSED 10.0.0.5:5432"), { code: "ECONNREFUSED" });
  receive = () => Promise.reject(lost);
  const answer = await send();
  expect(answer.status).toBe(503);
  expect(answer.body).toEqual({ status: "unavailable", detail: expect.any(String) });
  expect(JSON.stringify(answer.body)).not.toContain("10.0.0.5");
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});

it("shows nothing of a failure of our own, and logs it with its stack and the request id", async () => {
  receive = () => Promise.reject(new Error("SELECT secret FROM nowhere"));
  const answer = await send();
  expect(answer.status).toBe(500);
  expect(answer.body).toEqual({ status: "internal_error", detail: expect.any(String) });
  const line = api.logLines.map((text) => JSON.parse(text)).find((entry) => entry.status === 500);
  expect(line.err.stack).toContain("SELECT secret FROM nowhere");
  expect(line.request_id).toBe(answer.headers.get("x-request-id"));
});
