import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { passUpgrades, type UpgradePipes } from "../../../src/api/upgrade.js";
import { RawClient, refusal } from "../../integration/realtime/raw-client.js";
import { makeUser, startRelay, type TestRelay, tokenFor } from "../../integration/realtime/relay-fixture.js";
import { transportDrivers } from "../../integration/realtime/transport-drivers.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

const ways = transportDrivers.flatMap(([name, open]) =>
  (["the relay's port", "the API's port"] as const).map((port) => ({ name, open, port })),
);

describe.each(ways)("/ws/agents/ on $name through $port", ({ open, port }) => {
  let database: TestDatabase;
  let strict: TestRelay;
  let demo: TestRelay;
  let api: Server;
  let pipes: UpgradePipes;
  let url: string;
  let demoUrl: string;
  let agent: { id: number; token: string };
  let admin: { id: number; token: string };
  let customer: { id: number; token: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    strict = await startRelay(database.db, open, { allowedOrigins: ["https://desk.example"] });
    demo = await startRelay(database.db, open, { openDemo: true });
    [agent, admin, customer] = await Promise.all([
      makeUser(database.db, "agent"),
      makeUser(database.db, "admin"),
      makeUser(database.db, "customer"),
    ]);
    api = createServer();
    pipes = passUpgrades(api, strict.url.replace("ws:", "http:"), {
      trustProxy: false,
      logger: pino({ level: "silent" }),
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    const through = port === "the API's port";
    url = through ? `ws://127.0.0.1:${(api.address() as AddressInfo).port}` : strict.url;
    demoUrl = demo.url;
  });
  afterAll(async () => {
    pipes.stop();
    await Promise.all([strict.relay.stop(), demo.relay.stop(), new Promise((resolve) => api.close(resolve))]);
    await database.drop();
  });

  async function hello(address: string, protocols: string[] = [], headers: Record<string, string> = {}) {
    const client = await new RawClient(address, protocols, headers).opened();
    await until(() => client.texts.length > 0, "hello");
    client.socket.terminate();
    return { frame: client.frames[0], protocol: client.socket.protocol };
  }

  describe("101", () => {
    it.each(["/ws/agents/", "/ws/agents"])("for an agent's token in the query of %s", async (path) => {
      expect((await hello(`${url}${path}?token=${agent.token}`)).frame).toMatchObject({
        type: "hello",
        stream: "agents",
      });
    });
    it("for an admin's token as a subprotocol, answered with bearer", async () => {
      expect(await hello(`${url}/ws/agents/`, ["bearer", admin.token])).toMatchObject({
        frame: { type: "hello" },
        protocol: "bearer",
      });
    });
    it("from a listed origin, and from the own one", async () => {
      const address = `${url}/ws/agents/?token=${agent.token}`;
      await hello(address, [], { origin: "https://desk.example" });
      await hello(address, [], { origin: url.replace("ws:", "http:") });
    });
    it("without a token in the open demo, as the seeds print it", async () => {
      expect((await hello(`${demoUrl}/ws/agents/`)).frame).toMatchObject({ type: "hello" });
      expect((await hello(`${demoUrl}/ws/agents/?token=`)).frame).toMatchObject({ type: "hello" });
    });
  });

  describe("401 unauthorized", () => {
    const refused = { status: 401, body: { status: "unauthorized", detail: expect.any(String) } };
    it("without a token", async () => expect(await refusal(`${url}/ws/agents/`)).toEqual(refused));
    it("for rubbish", async () => expect(await refusal(`${url}/ws/agents/?token=x.y.z`)).toEqual(refused));
    it("for rubbish in the open demo too", async () =>
      expect(await refusal(`${demoUrl}/ws/agents/?token=x`)).toEqual(refused));
    it("for an expired one", async () =>
      expect(await refusal(`${url}/ws/agents/?token=${await tokenFor(agent.id, "agent", 0, -60)}`)).toEqual(refused));
    it("for a revoked one", async () =>
      expect(await refusal(`${url}/ws/agents/?token=${await tokenFor(agent.id, "agent", 7)}`)).toEqual(refused));
    it("for a user that is gone", async () =>
      expect(await refusal(`${url}/ws/agents/?token=${await tokenFor(999_999, "agent")}`)).toEqual(refused));
    it("for a disabled user", async () => {
      const { id, token } = await makeUser(database.db, "agent");
      await database.db.pool.query("UPDATE users SET disabled_at = now() WHERE id = $1", [id]);
      expect(await refusal(`${url}/ws/agents/?token=${token}`)).toEqual(refused);
    });
  });

  describe("403", () => {
    it("forbidden for a customer", async () =>
      expect(await refusal(`${url}/ws/agents/?token=${customer.token}`)).toMatchObject({
        status: 403,
        body: { status: "forbidden" },
      }));
    it("forbidden for a customer whose token says agent", async () =>
      expect(await refusal(`${url}/ws/agents/?token=${await tokenFor(customer.id, "agent")}`)).toMatchObject({
        status: 403,
        body: { status: "forbidden" },
      }));
    it("origin_not_allowed for a foreign page with a token", async () =>
      expect(
        await refusal(`${url}/ws/agents/?token=${agent.token}`, [], { origin: "https://evil.example" }),
      ).toMatchObject({ status: 403, body: { status: "origin_not_allowed" } }));
    it.each([
      [{ origin: "https://evil.example" }, "origin_not_allowed"],
      [{ "sec-fetch-site": "cross-site" }, "origin_not_allowed"],
      [{ host: "evil.example:8000" }, "host_not_allowed"],
    ])("in the open demo without a token: %j is %s", async (headers, code) => {
      const answer = await refusal(`${demoUrl}/ws/agents/`, [], headers as Record<string, string>);
      expect(answer).toMatchObject({ status: 403, body: { status: code } });
    });
  });

  it.each(["/ws/nothing/", "/ws/", "/ws/agents/x", "/ws/agentsx", "/"])("404 not_found: %s", async (path) => {
    expect(await refusal(`${url}${path}?token=${agent.token}`)).toMatchObject({
      status: 404,
      body: { status: "not_found" },
    });
  });

  it("503 unavailable until the relay is fed, overloaded when it is full", async () => {
    strict.relay.setFed(false);
    const early = await refusal(`${url}/ws/agents/?token=${agent.token}`);
    strict.relay.setFed(true);
    expect(early).toMatchObject({ status: 503, body: { status: "unavailable" } });
    const full = await startRelay(database.db, open, { maxSockets: 1, openDemo: true });
    const first = await new RawClient(`${full.url}/ws/agents/`).opened();
    expect(await refusal(`${full.url}/ws/agents/`)).toMatchObject({ status: 503, body: { status: "overloaded" } });
    first.socket.terminate();
    await full.relay.stop();
  });
});
