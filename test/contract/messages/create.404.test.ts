import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("knows no reply_to of another customer, and none that is not there", async () => {
  const id = await api.message("mine", "U001");
  for (const reply_to of [id, 999_999]) {
    const answer = await api.call(
      "POST",
      "/api/messages/",
      { body: "hello", reply_to },
      { token: api.tokens.customer2 },
    );
    expect(answer.status).toBe(404);
    expect(answer.body.status).toBe("message_not_found");
  }
});
