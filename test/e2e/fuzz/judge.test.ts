import { expect, test } from "vitest";
import { readDocument } from "./document.js";
import { judge } from "./judge.js";
import type { RawAnswer } from "./raw-client.js";
import type { FuzzRequest } from "./request-arbitrary.js";

const named = { type: "object", properties: { id: { type: "integer" }, name: { type: "string" } }, required: ["id"] };
const problem = {
  type: "object",
  properties: { status: { enum: ["not_found", "unavailable"] }, detail: { type: "string" } },
  required: ["status", "detail"],
};
const document = readDocument({
  paths: {
    "/things/{id}/": {
      get: { responses: { 200: { content: { "application/json": { schema: named } } }, 404: {}, 503: {} } },
    },
  },
  components: { schemas: { Problem: problem } },
});
const [operation] = document.operations;
const request: FuzzRequest = {
  actor: "admin",
  method: "GET",
  target: "/things/1/",
  headers: [],
  body: null,
  wild: null,
};

const answered = (status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer => ({
  status,
  headers: { "x-request-id": "r", "content-type": "application/json", ...headers },
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});
const faults = (answer: RawAnswer, about: Partial<FuzzRequest> = {}) =>
  operation ? judge({ ...request, ...about }, operation, document, answer) : ["no operation"];

test.each<[string, RawAnswer]>([
  ["what is documented", answered(200, { id: 1, name: "a" })],
  ["a refusal that is documented", answered(404, { status: "not_found", detail: "No." })],
  ["an honest 503", answered(503, { status: "unavailable", detail: "Away.", part: "queue" })],
])("acquits %s", (_, answer) => expect(faults(answer)).toEqual([]));

test.each<[string, RawAnswer, RegExp]>([
  ["500", answered(500, { status: "not_found", detail: "" }), /status 500/],
  ["a 503 that is none", answered(503, { status: "not_found", detail: "" }), /status 503/],
  ["a status that is not documented", answered(418, { status: "not_found", detail: "" }), /418 .* is not documented/],
  ["a field that is not documented", answered(200, { id: 1, secret: 2 }), /body\.secret is not documented/],
  ["a field that is missing", answered(200, { name: "a" }), /body\.id is missing/],
  ["a field of another type", answered(200, { id: "1" }), /body\.id is no integer/],
  ["no JSON", answered(200, "<html>"), /it is no JSON/],
  ["another content type", answered(200, "{}", { "content-type": "text/html" }), /content type "text\/html"/],
  [
    "no request id",
    { ...answered(200, { id: 1 }), headers: { "content-type": "application/json" } },
    /no X-Request-Id/,
  ],
  ["a refusal in another shape", answered(404, { error: "x" }), /contract's shape/],
  ["SQL", answered(200, { id: 1, name: "SELECT id FROM users" }), /the answer holds "SELECT id FROM/],
  [
    "a constraint's name",
    answered(200, { id: 1, name: 'violates unique constraint "users_email"' }),
    /the answer holds/,
  ],
  [
    "a stack",
    answered(200, { id: 1, name: "Error: x\n    at run (/srv/dist/src/api/app.js:3:5)" }),
    /the answer holds/,
  ],
])("convicts %s", (_, answer, words) => expect(faults(answer).join("\n")).toMatch(words));

test("what the caller itself wrote is no leak; a schema with an unknown word is not passed over", () => {
  const answer = answered(200, { id: 1, name: "TypeError" });
  expect(faults(answer, { target: "/things/1/?name=TypeError" })).toEqual([]);
  const odd = readDocument({
    paths: { "/x": { get: { responses: { 200: { content: { "application/json": { schema: { not: {} } } } } } } } },
  });
  const [one] = odd.operations;
  expect(() => one && judge(request, one, odd, answered(200, 1))).toThrow(/not is not understood/);
});
