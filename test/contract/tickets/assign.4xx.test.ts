import { afterAll, beforeAll, expect, it } from "vitest";
import { Gate } from "../../../src/commands/gate.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const path = "/api/agent/tickets/assign/";

it("401 without a token, 403 for a customer", async () => {
  expect(await api.call("GET", path)).toMatchObject({ status: 401, body: { status: "unauthorized" } });
  expect(await api.call("GET", path, undefined, { token: api.tokens.customer })).toMatchObject({
    status: 403,
    body: { status: "forbidden" },
  });
});

it("403 for another agent's batch, 404 for nobody's", async () => {
  expect(await api.call("POST", path, { agent_id: people.agent2 }, { token: api.tokens.agent })).toMatchObject({
    status: 403,
    body: { status: "not_your_agent" },
  });
  expect(await api.call("POST", path, { agent_id: 999_999 }, { token: api.tokens.agent })).toMatchObject({
    status: 404,
    body: { status: "agent_not_found" },
  });
});

it("404 for an admin who is no agent and names none", async () => {
  expect(await api.call("GET", path, undefined, { token: api.tokens.admin })).toMatchObject({
    status: 404,
    body: { status: "agent_not_found" },
  });
});

it("400 for an agent_id that is none", async () => {
  expect(await api.call("POST", path, { agent_id: "x1" }, { token: api.tokens.agent })).toMatchObject({
    status: 400,
    body: { status: "invalid_agent_id" },
  });
  expect(await api.call("GET", `${path}?agent_id=x1`, undefined, { token: api.tokens.agent })).toMatchObject({
    status: 400,
    body: { status: "invalid_query" },
  });
});

it("405 with the methods that there are", async () => {
  const answer = await api.call("PUT", path, {}, { token: api.tokens.agent });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, HEAD, POST");
});

it("503 when too many agents wait already", async () => {
  const full = await startApi(
    {},
    { fillGate: new Gate({ concurrency: 1, queueMax: 0, waitMs: 100, refusal: "Too many at once." }) },
  );
  try {
    const client = await full.db.pool.connect();
    try {
      await client.query("BEGIN");
      await client.query("SELECT 1 FROM agents FOR UPDATE");
      const first = full.call("GET", path, undefined, { token: full.tokens.agent });
      while (full.deps.fillGate.running === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(await full.call("GET", path, undefined, { token: full.tokens.agent2 })).toMatchObject({
        status: 503,
        body: { status: "overloaded" },
      });
      await client.query("COMMIT");
      expect((await first).status).toBe(200);
    } finally {
      client.release();
    }
  } finally {
    await full.drop();
  }
});
