import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { agentSchema } from "../../../src/contract/http/agents.js";
import { type ApiUnderTest, type CallOptions, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let demo: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  demo = await startApi({ openDemo: true, OWNERSHIP_LEASE_MINUTES: 0 });
});
afterAll(async () => {
  await api.drop();
  await demo.drop();
});
beforeEach(async () => {
  for (const { db, frames } of [api, demo]) {
    frames.length = 0;
    await db.pool.query(`DELETE FROM conversations; DELETE FROM outbox; DELETE FROM agent_liveness;
      UPDATE agents SET availability = 'offline', availability_by = 'system'`);
  }
});

const put = (body: unknown, options: CallOptions = { token: api.tokens.agent }) =>
  api.call("PUT", "/api/agents/me/availability/", body, options);
const onlineMinutes = async ({ db }: ApiUnderTest, id: number) => {
  const { rows } = await db.pool.query(
    `SELECT round(extract(epoch FROM online_until - now()) / 60)::float AS minutes FROM agent_liveness WHERE agent_id = ${id}`,
  );
  return rows[0]?.minutes;
};

describe("200", () => {
  it("an agent is online, away and offline by its own word; the others are shown each change", async () => {
    const held = await api.message();
    await api.call("POST", `/api/messages/${held}/claim/`, { agent_id: 1 }, { token: api.tokens.agent });
    for (const availability of ["online", "away", "offline"] as const) {
      const answer = await put({ availability });
      expect(answer.status).toBe(200);
      expect(agentSchema.parse(answer.body)).toMatchObject({ id: people.agent, availability, open_tickets: 1 });
      await put({ availability });
    }
    expect(api.frames).toEqual(
      ["online", "away", "offline"].map((availability) => ({
        stream: "agents",
        frame: { type: "agent_presence", agent_id: people.agent, availability, open_tickets: 1 },
      })),
    );
  });

  it("online lasts for the lease, and asks for the push", async () => {
    await put({ availability: "online" });
    expect(await onlineMinutes(api, people.agent)).toBe(30);
    const { rows } = await api.db.pool.query(
      "SELECT payload, stage, request_id IS NOT NULL AS named FROM outbox WHERE type = 'room_freed'",
    );
    expect(rows).toEqual([{ payload: { agent_id: people.agent, reason: "online" }, stage: "assign", named: true }]);
  });

  it("an admin says it for an agent, and the open demo for whom it names", async () => {
    const byAdmin = await put({ availability: "away", agent_id: "2" }, { token: api.tokens.admin });
    expect(byAdmin).toMatchObject({ status: 200, body: { id: people.agent2, availability: "away" } });
    const inDemo = await demo.call("PUT", "/api/agents/me/availability", { availability: "online", agent_id: 1 });
    expect(inDemo).toMatchObject({ status: 200, body: { id: people.agent, availability: "online" } });
    // OWNERSHIP_LEASE_MINUTES 0: it never ends.
    expect(await onlineMinutes(demo, people.agent)).toBeGreaterThan(99 * 365 * 24 * 60);
  });

  it("does not fail when nobody can be shown it", async () => {
    const { publishEphemeral } = api.deps.bus;
    api.deps.bus.publishEphemeral = () => Promise.reject(new Error("the bus is away"));
    const answer = await put({ availability: "away" });
    api.deps.bus.publishEphemeral = publishEphemeral;
    expect([answer.status, answer.body.availability]).toEqual([200, "away"]);
  });
});

describe("what is refused", () => {
  it.each([
    [{}],
    [{ availability: "busy" }],
    [{ availability: null }],
    [{ availability: "Online" }],
    [{ availability: ["online"] }],
  ])("400 for %j", async (body) => {
    const answer = await put(body);
    expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
    expect(answer.body.errors[0].path).toBe("body.availability");
  });

  it("400 for an agent_id that is none", async () => {
    const answer = await put({ availability: "online", agent_id: "x" });
    expect([answer.status, answer.body.status]).toEqual([400, "invalid_agent_id"]);
  });

  it("404 for who is no agent, before 403 for another's", async () => {
    for (const agent_id of [4711, people.admin, people.customer]) {
      const answer = await put({ availability: "online", agent_id });
      expect([answer.status, answer.body.status]).toEqual([404, "agent_not_found"]);
    }
    const admin = await put({ availability: "online" }, { token: api.tokens.admin });
    expect([admin.status, admin.body.status]).toEqual([404, "agent_not_found"]);
    const other = await put({ availability: "online", agent_id: people.agent2 });
    expect([other.status, other.body.status]).toEqual([403, "not_your_agent"]);
    const nobody = await demo.call("PUT", "/api/agents/me/availability/", { availability: "online", agent_id: 4711 });
    expect([nobody.status, nobody.body.status]).toEqual([404, "agent_not_found"]);
    expect(api.frames).toEqual([]);
  });

  it("403 for a customer, 401 for nobody", async () => {
    const customer = await put({ availability: "online" }, { token: api.tokens.customer });
    expect([customer.status, customer.body.status]).toEqual([403, "forbidden"]);
    expect((await put({ availability: "online" }, {})).status).toBe(401);
  });
});
