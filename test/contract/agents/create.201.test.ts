import { afterAll, beforeAll, expect, it } from "vitest";
import { agentSchema } from "../../../src/contract/http/agents.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const create = (body: unknown) => api.call("POST", "/api/agents/", body, { token: api.tokens.admin });

it("adds an agent, offline, with the desk's capacity and all queues", async () => {
  const answer = await create({ name: "New", email: "new@example.test" });
  expect(answer.status).toBe(201);
  expect(agentSchema.parse(answer.body)).toEqual({
    id: expect.any(Number),
    name: "New",
    email: "new@example.test",
    role: "agent",
    capacity: 15,
    queues: [],
    availability: "offline",
    open_tickets: 0,
  });
  expect((await api.call("GET", "/api/agents", undefined, { token: api.tokens.agent })).body.results).toContainEqual(
    answer.body,
  );
});

it("with queues, each once, and a password that signs in", async () => {
  const email = "signs.in@example.test";
  const answer = await create({ name: "S", email, password: "a long password", queues: ["loans", "credit", "loans"] });
  expect(answer.body).toMatchObject({ queues: ["credit", "loans"] });
  const signedIn = await api.call("POST", "/api/auth/login/", { email, password: "a long password" });
  expect([signedIn.status, signedIn.body.user?.role]).toEqual([200, "agent"]);
});

it.each([0, 1, 1000])("with a capacity of %i", async (capacity) => {
  const answer = await create({ name: "C", email: `capacity${capacity}@example.test`, capacity });
  expect([answer.status, answer.body.capacity]).toEqual([201, capacity]);
});
