import { afterAll, beforeAll, expect, it } from "vitest";
import { apiKeyPageSchema, apiKeySchema, newApiKeySchema } from "../../../src/contract/http/api-keys.js";
import { until } from "../../support/until.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, path: string, body?: unknown, token = api.tokens.admin) =>
  api.call(method, `/api/api-keys/${path}`, body, { token });
const send = async (key: string) =>
  (await api.call("POST", "/api/messages/", { user_id: "U001", body: "hello" }, { headers: { "x-api-key": key } }))
    .status;
const make = async (body: unknown = { name: "shop" }) => newApiKeySchema.parse((await call("POST", "", body)).body);

it("201: a key that works, shown once; kept is its hash", async () => {
  const answer = await call("POST", "", { name: "shop", scopes: ["messages:write", "messages:write"] });
  expect(answer.status).toBe(201);
  const made = newApiKeySchema.parse(answer.body);
  expect(made).toMatchObject({
    name: "shop",
    scopes: ["messages:write"],
    created_by: people.admin,
    last_used_at: null,
  });
  expect(await send(made.key)).toBe(201);
  const listed = JSON.stringify((await call("GET", "")).body);
  const { rows } = await api.db.pool.query(
    "SELECT api_keys::text AS key, (SELECT json_agg(a) FROM audit_log a)::text AS log FROM api_keys",
  );
  for (const text of [listed, JSON.stringify(rows), api.logLines.join("\n")]) expect(text).not.toContain(made.key);
});

it("201: the same call with an Idempotency-Key shows the same key again, and keeps it sealed", async () => {
  const headers = { "idempotency-key": "one key only" };
  const send_ = () => api.call("POST", "/api/api-keys/", { name: "twice" }, { token: api.tokens.admin, headers });
  const [first, second] = [await send_(), await send_()];
  expect(second.body).toEqual(first.body);
  const { rows } = await api.db.pool.query("SELECT body FROM idempotency_keys");
  expect(JSON.stringify(rows)).not.toContain(first.body.key);
});

it("200: the list in pages, with another name, and when a key was last used, to the minute", async () => {
  const made = await make();
  expect(await send(made.key)).toBe(201);
  const row = async () =>
    apiKeyPageSchema.parse((await call("GET", "?limit=200")).body).results.find(({ id }) => id === made.id);
  const used = await until(async () => (await row())?.last_used_at, "the use to be written");
  const renamed = await call("PATCH", String(made.id), { name: "web shop" });
  expect([renamed.status, apiKeySchema.parse(renamed.body)]).toMatchObject([
    200,
    { name: "web shop", last_used_at: used },
  ]);
  const first = apiKeyPageSchema.parse((await call("GET", "?limit=1")).body);
  const rest = apiKeyPageSchema.parse((await call("GET", `?cursor=${first.next}`)).body);
  expect([...first.results, ...rest.results]).toEqual((await call("GET", "")).body.results);
});

it("204: revoked it stays listed, is refused within two seconds, and again changes nothing", async () => {
  const made = await make();
  expect(await send(made.key)).toBe(201);
  expect((await call("DELETE", String(made.id))).status).toBe(204);
  await until(async () => (await send(made.key)) === 401, "the key to be refused", 3000);
  const listed = apiKeyPageSchema.parse((await call("GET", "?limit=200")).body).results;
  const row = listed.find(({ id }) => id === made.id);
  expect(row?.revoked_at).not.toBeNull();
  expect((await call("DELETE", String(made.id))).status).toBe(204);
  expect((await call("PATCH", String(made.id), { name: "again" })).body.status).toBe("api_key_not_found");
  const { rows } = await api.db.pool.query(
    "SELECT action FROM audit_log WHERE subject_kind = 'api_key' AND subject_id = $1 ORDER BY id",
    [String(made.id)],
  );
  expect(rows.map((row) => row.action)).toEqual(["api_key.create", "api_key.revoke"]);
});

it("403: a key whose scopes the desk does not know opens nothing", async () => {
  const made = await make();
  await api.db.pool.query("UPDATE api_keys SET scopes = '{messages:erase}' WHERE id = $1", [made.id]);
  expect(await send(made.key)).toBe(403);
});

it.each([
  ["no name", {}],
  ["no scope", { name: "x", scopes: [] }],
  ["a scope that is none", { name: "x", scopes: ["messages:erase"] }],
])("400: %s", async (_, body) => {
  const answer = await call("POST", "", body);
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
});

it("403: agents and customers; 404: no such key", async () => {
  for (const token of [api.tokens.agent, api.tokens.customer]) {
    expect((await call("GET", "", undefined, token)).status).toBe(403);
    expect((await call("POST", "", { name: "x" }, token)).status).toBe(403);
    expect((await call("DELETE", "1", undefined, token)).status).toBe(403);
  }
  for (const id of ["987654", "x"]) {
    expect((await call("PATCH", id, { name: "x" })).body.status).toBe("api_key_not_found");
    expect((await call("DELETE", id)).body.status).toBe("api_key_not_found");
  }
});
