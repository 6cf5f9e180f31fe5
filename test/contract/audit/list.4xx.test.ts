import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

test("is for admins", async () => {
  const none = await api.call("GET", "/api/audit/");
  expect([none.status, none.body.status]).toEqual([401, "unauthorized"]);
  for (const token of [api.tokens.agent, api.tokens.customer]) {
    const answer = await api.call("GET", "/api/audit/", undefined, { token });
    expect([answer.status, answer.body.status]).toEqual([403, "forbidden"]);
  }
});

test.each(["POST", "PUT", "PATCH", "DELETE"])("takes no %s: rows are only ever added, by the acts", async (method) => {
  const answer = await api.call(method, "/api/audit/", {}, { token: api.tokens.admin });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test.each([
  "action=queue.destroy",
  "actor_kind=root",
  "subject_kind=thing",
  "from=yesterday",
  "from=2020-01-01T00:00:00",
  "limit=0",
  "cursor=nonsense",
  `cursor=${Buffer.from('{"at":-1,"id":1}').toString("base64url")}`,
])("?%s is no query", async (query) => {
  const answer = await api.call("GET", `/api/audit/?${query}`, undefined, { token: api.tokens.admin });
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_query"]);
  expect(answer.body.errors[0].path).toBe(`query.${query.split("=")[0]}`);
});
