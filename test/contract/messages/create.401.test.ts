import { afterAll, beforeAll, expect, it } from "vitest";
import { createApiKey } from "../../../src/commands/create-api-key.js";
import { createTokens } from "../../../src/runtime/tokens.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const message = { user_id: "U001", body: "hello" };

it("refuses a call without a token", async () => {
  const answer = await api.call("POST", "/api/messages/", message);
  expect(answer.status).toBe(401);
  expect(answer.body).toEqual({ status: "unauthorized", detail: expect.any(String) });
  expect(answer.headers.get("www-authenticate")).toBe("Bearer");
});

it("refuses what is no token, another secret's, an expired and a far too long one", async () => {
  const other = createTokens({ secret: "another secret with 32 characters!", accessTtlS: 900 });
  const claims = { sub: people.customer, role: "customer" as const, name: "Cleo", tv: 0 };
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ ...claims, sub: "20", exp: 4_000_000_000 }))}.`;
  for (const token of [
    "nonsense",
    await other.sign(claims),
    await api.deps.tokens.sign(claims, -60),
    unsigned.replaceAll("=", ""),
    "x".repeat(5000),
  ]) {
    expect((await api.call("POST", "/api/messages/", message, { token })).status).toBe(401);
  }
  const basic = await api.call("POST", "/api/messages/", message, { headers: { authorization: "Basic dTpw" } });
  expect(basic.status).toBe(401);
});

it("refuses a token that was revoked, of a user that is disabled, and of one that is not there", async () => {
  const sign = (sub: number, tv: number) => api.deps.tokens.sign({ sub, role: "customer", name: "", tv });
  await api.db.pool.query("UPDATE users SET token_version = 3 WHERE id = $1", [people.customer2]);
  expect(
    (await api.call("POST", "/api/messages/", { body: "x" }, { token: await sign(people.customer2, 2) })).status,
  ).toBe(401);
  expect(
    (await api.call("POST", "/api/messages/", { body: "x" }, { token: await sign(people.customer2, 3) })).status,
  ).toBe(201);
  await api.db.pool.query("UPDATE users SET disabled_at = now() WHERE id = $1", [people.customer]);
  expect((await api.call("POST", "/api/messages/", { body: "x" }, { token: api.tokens.customer })).status).toBe(401);
  expect((await api.call("POST", "/api/messages/", { body: "x" }, { token: await sign(999_999, 0) })).status).toBe(401);
});

it("refuses an unknown and a revoked API key, and takes a key for nothing but the intake", async () => {
  const { key, id } = await createApiKey({ db: api.db }, { name: "shop", createdBy: null });
  const headers = { "x-api-key": key };
  expect((await api.call("GET", "/api/messages/", undefined, { headers })).status).toBe(401);
  expect((await api.call("POST", "/api/messages/1/claim", { agent_id: 1 }, { headers })).status).toBe(401);
  await api.db.pool.query("UPDATE api_keys SET revoked_at = now() WHERE id = $1", [id]);
  expect((await api.call("POST", "/api/messages/", message, { headers })).status).toBe(401);
  expect((await api.call("POST", "/api/messages/", message, { headers: { "x-api-key": "sb_x" } })).status).toBe(401);
});
