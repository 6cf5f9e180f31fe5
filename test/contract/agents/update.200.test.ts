import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());
beforeEach(() => api.db.pool.query("DELETE FROM outbox"));

const change = (method: string, body: unknown) =>
  api.call(method, `/api/agents/${people.agent}/`, body, { token: api.tokens.admin });
const roomFreed = async () =>
  (
    await api.db.pool.query(
      "SELECT payload->>'reason' AS reason, stage, subject_id FROM outbox WHERE type = 'room_freed' AND stream = 'desk'",
    )
  ).rows;

it("PUT replaces all of it; what is left out is the default", async () => {
  const whole = { name: "One", email: "one@example.test", capacity: 3, queues: ["loans"] };
  expect(await change("PUT", whole)).toMatchObject({
    status: 200,
    body: { id: people.agent, role: "agent", ...whole },
  });
  expect((await change("PUT", { name: "One", email: null })).body).toMatchObject({
    email: null,
    capacity: 15,
    queues: [],
  });
});

it("PATCH changes what is there and leaves the rest", async () => {
  const before = (await change("PATCH", { queues: ["loans", "credit"] })).body;
  expect(before.queues).toEqual(["credit", "loans"]);
  expect((await change("PATCH", { name: "Two" })).body).toEqual({ ...before, name: "Two" });
  expect((await change("PATCH", {})).body).toEqual({ ...before, name: "Two" });
});

it("asks for the push when there is more room or other queues, and only then", async () => {
  await change("PATCH", { capacity: 10, queues: [] });
  await api.db.pool.query("DELETE FROM outbox");
  await change("PATCH", { capacity: 9 });
  await change("PATCH", { capacity: 9, queues: [], name: "Same" });
  expect(await roomFreed()).toEqual([]);
  await change("PATCH", { capacity: 10 });
  await change("PATCH", { queues: ["loans"] });
  expect(await roomFreed()).toEqual([
    { reason: "capacity", stage: "assign", subject_id: people.agent },
    { reason: "queues", stage: "assign", subject_id: people.agent },
  ]);
});

it("takes nothing away when the capacity is lowered, and gives nothing more", async () => {
  await change("PATCH", { capacity: 15, queues: [] });
  const ids = [await api.message(), await api.message(), await api.message()];
  for (const id of ids.slice(0, 2)) {
    await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }, { token: api.tokens.agent });
  }
  expect((await change("PATCH", { capacity: 1 })).body).toMatchObject({ capacity: 1, open_tickets: 2 });
  const more = await api.call(
    "POST",
    `/api/messages/${ids[2]}/claim/`,
    { agent_id: people.agent },
    { token: api.tokens.agent },
  );
  expect([more.status, more.body.status]).toEqual([409, "at_capacity"]);
});

it("gives an agent with a capacity of 0 nothing, and one of 1,000 all that waits", async () => {
  const pull = () =>
    api.call("POST", "/api/agent/tickets/assign/", { agent_id: people.agent2 }, { token: api.tokens.admin });
  const capacity = (value: number) =>
    api.call("PATCH", `/api/agents/${people.agent2}/`, { capacity: value }, { token: api.tokens.admin });
  const ids: number[] = [];
  for (let n = 0; n < 20; n++) ids.push(await api.message());
  await capacity(0);
  expect((await pull()).body).toMatchObject({ assigned_tickets: [], count: 0, capacity: 0 });
  await capacity(1);
  expect((await pull()).body).toMatchObject({ count: 1, capacity: 1 });
  await capacity(1000);
  const { body } = await pull();
  expect(body.assigned_tickets).toEqual(expect.arrayContaining(ids));
});

it("shows who said online and was not heard of since as offline", async () => {
  await api.db.pool.query("UPDATE agents SET availability = 'online' WHERE id = $1", [people.agent]);
  const seen = async () =>
    (await api.call("GET", `/api/agents/${people.agent}/`, undefined, { token: api.tokens.agent })).body.availability;
  expect(await seen()).toBe("offline");
  await api.db.pool.query(
    "INSERT INTO agent_liveness (agent_id, online_until) VALUES ($1, now() + interval '1 minute')",
    [people.agent],
  );
  expect(await seen()).toBe("online");
  await api.db.pool.query("UPDATE agent_liveness SET online_until = now() - interval '1 second'");
  expect(await seen()).toBe("offline");
  await api.db.pool.query("UPDATE agents SET availability = 'away' WHERE id = $1", [people.agent]);
  expect(await seen()).toBe("away");
});
