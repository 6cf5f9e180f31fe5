import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const bytes = (text: string) => new TextEncoder().encode(text);

it.each([
  ["an empty body", ""],
  ["what is no JSON", "{user_id: 1}"],
  ["half of an object", '{"body": "x"'],
  ["an array", "[1, 2]"],
  ["a text", '"hello"'],
  ["null", "null"],
  ["a number", "12"],
  ["bytes that are no UTF-8", Uint8Array.of(...bytes('{"body":"'), 0xff, 0xfe, ...bytes('"}'))],
  ["an overlong form of a slash", Uint8Array.of(...bytes('{"body":"'), 0xc0, 0xaf, ...bytes('"}'))],
])("refuses %s", async (_, raw) => {
  const answer = await api.call("POST", "/api/messages/", undefined, { token: api.tokens.admin, raw });
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ status: "invalid_json", detail: expect.any(String) });
});

it("refuses an object nested twenty thousand deep without falling over", async () => {
  const raw = `{"user_id":"U001","body":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  const answer = await api.call("POST", "/api/messages/", undefined, { token: api.tokens.admin, raw });
  expect(answer.status).toBe(400);
  expect(answer.body.status).toBe("invalid_body");
});
