import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endpoints } from "../../src/api/routes/endpoints.js";
import { type ApiUnderTest, startApi } from "./api-under-test.js";

let api: ApiUnderTest;
let ticket: number;
beforeAll(async () => {
  api = await startApi();
  ticket = await api.message();
});
afterAll(() => api.drop());

const writing = endpoints.filter(({ method }) => method !== "get");
const listing = endpoints.filter(({ query }) => query !== undefined);

/** Texts that break things, beside random ones. */
const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "",
    " ",
    "\0",
    "\ud800",
    "1",
    "-1",
    "9".repeat(30),
    "null",
    "2026-01-01T00:00:00Z",
    "'; --",
    "%",
    "x".repeat(10_001),
  ),
);
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, 1, 2 ** 31, 2 ** 53, 1e300));
const value = fc.oneof(nasty, number, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 3 }));
const known = [
  "agent_id",
  "user_id",
  "body",
  "text",
  "canned_id",
  "variables",
  "version",
  "keep_open",
  "to_agent_id",
  "until",
];
const more = [
  "level",
  "reason",
  "state",
  "title",
  "shortcut",
  "attributes",
  "email",
  "password",
  "refresh",
  "role",
  "capacity",
  "queues",
  "topics",
  "description",
  "priority",
];
const object = fc.dictionary(
  fc.oneof(fc.constantFrom(...known, ...more, "reply_to", "__proto__", "name"), nasty),
  value,
  { maxKeys: 8 },
);
const anything = fc.oneof({ weight: 4, arbitrary: object.map((one) => JSON.stringify(one)) }, fc.json(), fc.string());

it("no JSON makes any writing route fail by itself", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...writing),
      anything,
      fc.constantFrom("admin", "agent", "customer"),
      fc.oneof(fc.constantFrom("1", "0", "x", "9007199254740991", "9007199254740993"), fc.constant("ticket")),
      async (endpoint, raw, role, id) => {
        // What the others are tried on is not removed.
        const own = endpoint.method === "delete" ? "4711" : String(ticket);
        const path = endpoint.path
          .replace("{id}", id === "ticket" ? own : id === "1" && endpoint.method === "delete" ? own : id)
          .replace("{name}", id === "ticket" ? "loans" : encodeURIComponent(id));
        const answer = await api.call(endpoint.method.toUpperCase(), path, undefined, { token: api.tokens[role], raw });
        expect(answer.status, `${endpoint.method} ${path} ${raw}`).toBeLessThan(500);
        expect(answer.headers.get("x-request-id")).toBeTruthy();
        if (answer.status >= 400)
          expect(answer.body).toMatchObject({ status: expect.any(String), detail: expect.any(String) });
      },
    ),
    { numRuns: 800 },
  );
});

it("no query makes any list fail by itself", { timeout: 120_000 }, async () => {
  const names = [
    "status",
    "search",
    "q",
    "assigned_to",
    "level",
    "topic",
    "user_id",
    "order",
    "limit",
    "cursor",
    "role",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...listing),
      fc.dictionary(fc.constantFrom(...names), nasty),
      async (endpoint, query) => {
        const search = Object.entries(query).map(
          ([name, text]) => `${name}=${encodeURIComponent(Buffer.from(text).toString())}`,
        );
        const answer = await api.call("GET", `${endpoint.path}?${search.join("&")}`, undefined, {
          token: api.tokens.admin,
        });
        expect(answer.status, search.join("&")).toBeLessThan(500);
      },
    ),
    { numRuns: 400 },
  );
});
