import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("refuses a customer that writes as another, whether that one is there or not", async () => {
  for (const user_id of ["U002", "not there"]) {
    const answer = await api.call("POST", "/api/messages/", { user_id, body: "hello" }, { token: api.tokens.customer });
    expect(answer.status).toBe(403);
    expect(answer.body.status).toBe("forbidden");
  }
});

it("refuses an agent", async () => {
  const answer = await api.call(
    "POST",
    "/api/messages/",
    { user_id: "U001", body: "hello" },
    { token: api.tokens.agent },
  );
  expect(answer.status).toBe(403);
  expect(answer.body.status).toBe("forbidden");
});
