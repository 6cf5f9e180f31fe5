import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { Sightings } from "../../../src/api/sightings.js";
import { type ApiUnderTest, people, startApi } from "../../contract/api-under-test.js";
import { silentLogger } from "../../support/silent-logger.js";
import { until } from "../../support/until.js";

let api: ApiUnderTest;
let sightings: Sightings;
beforeAll(async () => {
  api = await startApi({ openDemo: true });
});
afterAll(() => api.drop());
beforeEach(async () => {
  sightings = new Sightings({ db: api.db, leaseMinutes: 30, logger: silentLogger, everyMs: 20 });
  api.deps.sightings = sightings;
  await api.db.pool.query("DELETE FROM agent_liveness");
});

const get = (token?: string) => api.call("GET", "/api/agents/?agent_id=2", undefined, token ? { token } : {});
async function seen(): Promise<number[]> {
  const { rows } = await api.db.pool.query(
    "SELECT agent_id FROM agent_liveness WHERE last_seen_at > now() - interval '5 s' ORDER BY agent_id",
  );
  return rows.map((row) => row.agent_id);
}

it("notes agents that call with tokens of their own, and nobody else", async () => {
  for (const token of [api.tokens.agent, api.tokens.admin, api.tokens.customer, undefined]) await get(token);
  expect(sightings.waiting).toBe(1);
  await sightings.flush();
  expect(await seen()).toEqual([people.agent]);
});

it("writes each agent once, however often it calls, every few seconds and when it stops", async () => {
  await sightings.start();
  for (let n = 0; n < 5; n++) await get(api.tokens.agent);
  await until(async () => (await seen()).length === 1, "the first write");
  await get(api.tokens.agent2);
  await sightings.stop();
  expect(await seen()).toEqual([people.agent, people.agent2]);
});

it("costs no call anything when it cannot be written, and writes it later", async () => {
  await api.db.pool.query("ALTER TABLE agent_liveness RENAME TO gone");
  expect((await api.call("GET", "/api/canned/", undefined, { token: api.tokens.agent })).status).toBe(200);
  await sightings.flush();
  expect(sightings.waiting).toBe(1);
  await api.db.pool.query("ALTER TABLE gone RENAME TO agent_liveness");
  await sightings.flush();
  expect(sightings.waiting).toBe(0);
  expect(await seen()).toEqual([people.agent]);
});

it("remembers no more than a bounded crowd", () => {
  for (let id = 1; id <= 10_500; id++) sightings.note(id);
  expect(sightings.waiting).toBe(10_000);
});
