import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const send = (body: unknown) => api.call("POST", "/api/messages/", body, { token: api.tokens.admin });

it.each([
  ["a missing body", { user_id: "U001" }, "body.body"],
  ["a blank body", { user_id: "U001", body: " \n\t " }, "body.body"],
  [
    "a body of zero-width characters only",
    { user_id: "U001", body: "\u200b \ufeff\u2060\u{e0001}\u00ad" },
    "body.body",
  ],
  ["a body that is no text", { user_id: "U001", body: 5 }, "body.body"],
  ["10,001 characters", { user_id: "U001", body: "x".repeat(10_001) }, "body.body"],
  ["10,001 characters outside the first plane", { user_id: "U001", body: "😀".repeat(10_001) }, "body.body"],
  ["NUL", { user_id: "U001", body: "a\0b" }, "body.body"],
  ["half of a surrogate pair", { user_id: "U001", body: "a\ud800b" }, "body.body"],
  ["no customer, from an admin", { body: "hello" }, "body.user_id"],
  ["a blank customer", { user_id: " \t", body: "hello" }, "body.user_id"],
  ["an empty customer", { user_id: "", body: "hello" }, "body.user_id"],
  ["a customer of 256 characters", { user_id: "u".repeat(256), body: "hello" }, "body.user_id"],
  ["a customer that is a number", { user_id: 1, body: "hello" }, "body.user_id"],
  ["NUL in the customer", { user_id: "U\0", body: "hello" }, "body.user_id"],
  ["a channel of 51 characters", { user_id: "U001", body: "hello", channel: "c".repeat(51) }, "body.channel"],
  ["a channel with a space", { user_id: "U001", body: "hello", channel: "my app" }, "body.channel"],
  ["a channel in letters that are not ours", { user_id: "U001", body: "hello", channel: "käse" }, "body.channel"],
  ["an empty channel", { user_id: "U001", body: "hello", channel: "" }, "body.channel"],
  ["a reply_to that is no id", { user_id: "U001", body: "hello", reply_to: "x" }, "body.reply_to"],
])("refuses %s and says where", async (_, body, path) => {
  const answer = await send(body);
  expect(answer.status).toBe(400);
  expect(answer.body.status).toBe("invalid_body");
  expect(answer.body.detail).toEqual(expect.any(String));
  expect(answer.body.errors).toContainEqual({ path, message: expect.any(String) });
});

it("stores nothing of what it refuses", async () => {
  await send({ user_id: "nobody", body: "" });
  const { rows } = await api.db.pool.query("SELECT 1 FROM customers WHERE user_id = 'nobody'");
  expect(rows).toEqual([]);
});
