import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const cursorOf = (place: unknown) => Buffer.from(JSON.stringify(place)).toString("base64url");

it.each([
  ["status", "?status=open"],
  ["limit", "?limit=0"],
  ["limit", "?limit=201"],
  ["limit", "?limit=ten"],
  ["limit", "?limit=1.5"],
  ["order", "?order=random"],
  ["level", "?level=huge"],
  ["assigned_to", "?assigned_to=you"],
  ["assigned_to", "?assigned_to=-1"],
  ["search", `?search=${"x".repeat(1001)}`],
  ["q", "?q=a%00b"],
  ["cursor", "?cursor=nonsense"],
  ["cursor", `?cursor=${cursorOf(null)}`],
  ["cursor", `?cursor=${cursorOf({ order: "newest", id: "1' OR 1=1", due: "now" })}`],
  ["cursor", `?cursor=${cursorOf({ order: "newest", id: 1, due: "2026-99-99T00:00:00.000000Z" })}`],
  ["cursor", `?cursor=${cursorOf({ order: "newest", id: 1e300, due: "2026-01-01T00:00:00.000000Z" })}`],
  ["cursor", `?order=queue&cursor=${cursorOf({ order: "newest", id: 1, due: "2026-01-01T00:00:00.000000Z" })}`],
])("400 invalid_query: %s in %s", async (name, query) => {
  const answer = await api.call("GET", `/api/messages/${query}`, undefined, { token: api.tokens.agent });
  expect(answer.status).toBe(400);
  expect(answer.body.status).toBe("invalid_query");
  expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toContain(`query.${name}`);
});

it.each([
  ["limit", "?limit=x", "must be a whole number from 1 to 200"],
  ["limit", "?limit=0", "must be a whole number from 1 to 200"],
  ["limit", "?limit=201", "must be a whole number from 1 to 200"],
  ["limit", "?limit=0x10", "must be a whole number from 1 to 200"],
  ["cursor", "?cursor=nonsense", "is not a cursor of this list"],
  ["cursor", `?cursor=${"x".repeat(600)}`, "is not a cursor of this list"],
  ["status", "?status=open", "is none of unassigned, in_progress, closed"],
  ["level", "?level=huge", "is none of low, normal, high, critical"],
])("says what is wrong with %s in %s", async (name, query, message) => {
  const answer = await api.call("GET", `/api/messages/${query}`, undefined, { token: api.tokens.agent });
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toEqual([{ path: `query.${name}`, message }]);
});

it("401 without a token, 403 for a customer", async () => {
  const nobody = await api.call("GET", "/api/messages/");
  expect([nobody.status, nobody.body.status]).toEqual([401, "unauthorized"]);
  const customer = await api.call("GET", "/api/messages/", undefined, { token: api.tokens.customer });
  expect([customer.status, customer.body.status]).toEqual([403, "forbidden"]);
});
