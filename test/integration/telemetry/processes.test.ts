import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { type OwnDesk, startOwnDesk } from "../edges/own-desk.js";

let database: TestDatabase;
let desk: OwnDesk;

beforeAll(async () => {
  database = await createTestDatabase();
  desk = await startOwnDesk({ directUrl: database.url, redisUrl: "none", env: { WEB_CONCURRENCY: "2" } });
});

afterAll(async () => {
  await desk?.close();
  await database.drop();
});

it("one port tells the figures of all processes of a cluster, each under its own label", async () => {
  const labels = async () => [...(await desk.figure("api", "switchboard_intake_waiting")).keys()].sort();
  // The desk is ready when one of them is.
  await until(async () => (await labels()).length === 2, "the second process");
  expect(await labels()).toEqual(['{process="api-1"}', '{process="api-2"}']);
  // Whoever answers a call: it is counted once, and every look tells of it.
  for (let n = 0; n < 20; n++) expect((await desk.call("GET", "/api/canned/")).status).toBe(200);
  const counted = async () => {
    const figure = await desk.figure("api", "switchboard_http_request_seconds_count");
    return [...figure].filter(([labels]) => labels.includes('route="/api/canned/"')).reduce((sum, [, n]) => sum + n, 0);
  };
  for (let n = 0; n < 4; n++) expect(await counted()).toBe(20);
});

it("a worker and a relay tell theirs on ports of their own, and whether they are ready", async () => {
  const id = (await desk.call("POST", "/api/messages/", { user_id: "U1", body: "where is my loan?" })).body.id;
  const done = async () => {
    const { body } = await desk.call("GET", `/api/messages/${id}/`);
    return body.urgency !== null;
  };
  await until(done, "a score");
  // The job ends, and is counted, after its transaction.
  await until(async () => {
    const jobs = await desk.figure("worker", "switchboard_job_duration_seconds_count");
    return (jobs.get('{outcome="done",process="worker",stage="score"}') ?? 0) >= 1;
  }, "the job to be counted");
  expect((await desk.figure("worker", "switchboard_sequencer_leads")).get('{process="worker"}')).toBe(1);
  expect([...(await desk.figure("worker", "switchboard_sequencer_bite_seconds_count")).values()][0]).toBeGreaterThan(0);
  const flushed = await desk.figure("api", "switchboard_intake_flush_messages_sum");
  expect([...flushed.values()].reduce((sum, n) => sum + n, 0)).toBe(1);
  for (const name of ["worker", "relay"] as const) {
    const { status, parts } = await desk.ready(name);
    expect([name, status, parts.database?.ok, parts.bus?.ok]).toEqual([name, 200, true, true]);
    expect((await desk.figure(name, "switchboard_part_up")).get(`{part="database",process="${name}"}`)).toBe(1);
  }
});
