import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SequencedEvent } from "../../../src/contract/events.js";
import { createRelayMeter, meterRelay } from "../../../src/realtime/meter-relay.js";
import { createMetrics, type Metrics } from "../../../src/runtime/metrics.js";
import { SystemPages } from "../../../src/runtime/system-pages.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { RawClient, refusal } from "../realtime/raw-client.js";
import { makeUser, startRelay, type TestRelay } from "../realtime/relay-fixture.js";
import { transportDrivers } from "../realtime/transport-drivers.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe.each(transportDrivers)("a relay's figures on %s", (_name, openTransport) => {
  let served: TestRelay;
  let metrics: Metrics;

  afterEach(() => served.relay.stop());

  async function start(): Promise<string> {
    metrics = createMetrics("relay");
    const look = async () => ({ database: { ok: true, latency_ms: 1 } });
    const pages = new SystemPages({ metrics, look, token: undefined });
    served = await startRelay(database.db, openTransport, { meter: createRelayMeter(metrics), pages });
    meterRelay(metrics, { relay: served.relay, db: database.db, look, followed: () => 7 });
    return served.url.replace("ws:", "http:");
  }

  /** A figure as the relay's own port serves it. */
  async function figure(base: string, line: string): Promise<number | undefined> {
    const text = await (await fetch(`${base}/metrics`)).text();
    const found = text.split("\n").find((one) => one.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  }

  it("count upgrades, sockets, frames, replays and closes, and the counts never fall", async () => {
    const base = await start();
    const { token } = await makeUser(database.db, "agent");
    await refusal(`${served.url}/ws/agents/?token=bad`);
    expect(await figure(base, 'switchboard_relay_upgrades_total{status="401",process="relay"}')).toBe(1);
    const client = await new RawClient(`${served.url}/ws/agents/?token=${token}&since=0`).opened();
    await until(() => client.frames[0]?.type === "hello", "hello");
    expect(await figure(base, 'switchboard_relay_upgrades_total{status="101",process="relay"}')).toBe(1);
    expect(await figure(base, 'switchboard_relay_sockets{process="relay"}')).toBe(1);
    expect(await figure(base, 'switchboard_relay_replays_total{kind="resume",process="relay"}')).toBe(1);
    const before = (await figure(base, 'switchboard_relay_frames_total{way="sent",process="relay"}')) ?? 0;
    const heard = client.texts.length;
    const event = (pos: number): SequencedEvent => ({
      ...{ seq: pos, stream: "agents", pos, type: "message_deleted", payload: { message_id: pos } },
      ...{ request_id: null, stage: null, subject_id: null, created_at: new Date().toISOString() },
    });
    served.relay.onEvents([event(1), event(2), event(3)]);
    client.send({ type: "ping" });
    await until(() => client.texts.length === heard + 4, "three frames and a pong");
    expect(await figure(base, 'switchboard_relay_frames_total{way="sent",process="relay"}')).toBe(before + 4);
    expect(await figure(base, 'switchboard_relay_frames_total{way="received",process="relay"}')).toBe(1);
    expect(await figure(base, 'switchboard_relay_buffered_bytes{of="all",process="relay"}')).toBe(0);
    expect(await figure(base, 'switchboard_relay_followed_position{process="relay"}')).toBe(7);
    const bytes = (await figure(base, 'switchboard_relay_sent_bytes_total{process="relay"}')) ?? 0;
    expect(bytes).toBe(client.texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
    client.socket.close(4242);
    await until(async () => (await figure(base, 'switchboard_relay_sockets{process="relay"}')) === 0, "it is closed");
    expect(await figure(base, 'switchboard_relay_closes_total{code="other",process="relay"}')).toBe(1);
    expect(await figure(base, 'switchboard_relay_frames_total{way="sent",process="relay"}')).toBe(before + 4);
    expect(await figure(base, 'switchboard_relay_sent_bytes_total{process="relay"}')).toBe(bytes);
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
  });

  it("a new epoch of the log, and every socket is told to come back", async () => {
    await start();
    const { token } = await makeUser(database.db, "agent");
    const client = await new RawClient(`${served.url}/ws/agents/?token=${token}`).opened();
    await until(() => client.frames[0]?.type === "hello", "hello");
    await sql`UPDATE system SET epoch = ${`epoch-${Math.random()}`}`.execute(database.db.kysely);
    await until(() => client.closed, "to be sent away");
    expect(client.closed).toMatchObject({ code: 1012, reason: expect.stringMatching(/^retry_ms=\d+$/) });
  });
});
