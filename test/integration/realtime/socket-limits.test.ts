import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { SocketLimits } from "../../../src/realtime/socket-limits.js";
import { limitRules } from "../../../src/runtime/limit-rules.js";
import { Limiter } from "../../../src/runtime/limiter.js";
import { settingsSchema } from "../../../src/runtime/settings.js";
import { RawSocket } from "../../support/socket-factory.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { RawClient, refusal } from "./raw-client.js";
import { makeUser, startRelay, type TestRelay } from "./relay-fixture.js";
import { transportDrivers } from "./transport-drivers.js";

describe.each(transportDrivers)("limits of sockets on %s", (_name, openTransport) => {
  let database: TestDatabase;
  let running: TestRelay | undefined;
  const clients: RawClient[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await running?.relay.stop();
  });
  afterAll(() => database.drop());

  async function start(settings: Record<string, string>, perUserMax = 100): Promise<string> {
    // A clock that stands still: no window ends in the middle of a test.
    const limiter = new Limiter(null, () => 1_800_000_000_000);
    const socketLimits = new SocketLimits({ limiter, rules: limitRules(settingsSchema.parse(settings)), perUserMax });
    running = await startRelay(database.db, openTransport, { socketLimits });
    return `${running.url}/ws/agents/`;
  }
  async function connect(url: string, headers: Record<string, string> = {}): Promise<RawClient> {
    const client = new RawClient(url, [], headers);
    clients.push(client);
    await client.opened();
    await until(() => client.texts.length > 0, "hello");
    return client;
  }

  it("so many are opened from one address in a minute; the rest is told when to come back", async () => {
    const url = await start({ RATE_LIMIT_SOCKETS_PER_MINUTE: "2" });
    const { token } = await makeUser(database.db, "agent");
    await connect(`${url}?token=${token}`);
    await connect(`${url}?token=${token}`);
    const refused = await refusal(`${url}?token=${token}`);
    expect([refused.status, refused.body.status]).toEqual([429, "rate_limited"]);
    expect(refused.body.retry_after_s).toBeGreaterThan(0);
    const headers = await new Promise<Record<string, unknown>>((resolve) => {
      const socket = new RawSocket(`${url}?token=${token}`);
      socket.on("error", () => undefined);
      socket.on("unexpected-response", (_request, response) => {
        response.resume();
        resolve(response.headers);
      });
    });
    expect(Number(headers["retry-after"])).toBe(refused.body.retry_after_s);
    // From another address, as the API on loopback says, they go on.
    await connect(`${url}?token=${token}`, { "x-forwarded-for": "203.0.113.9" });
  });

  it("refused tokens turn from 401 into 429 for their address; a good one is not affected", async () => {
    const url = await start({ RATE_LIMIT_FAILURES_PER_MINUTE: "2" });
    const { token } = await makeUser(database.db, "agent");
    const statuses: number[] = [];
    for (let index = 0; index < 4; index++) statuses.push((await refusal(`${url}?token=guess${index}`)).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    await connect(`${url}?token=${token}`);
  });

  it("one user has so many at once; who closes one may open another, and others are not affected", async () => {
    const url = await start({}, 2);
    const [one, two] = [await makeUser(database.db, "agent"), await makeUser(database.db, "agent")];
    const first = await connect(`${url}?token=${one.token}`);
    await connect(`${url}?token=${one.token}`);
    expect((await refusal(`${url}?token=${one.token}`)).status).toBe(429);
    await connect(`${url}?token=${two.token}`);
    first.socket.close();
    await until(() => running?.relay.socketCount === 2, "the relay to see the close");
    await connect(`${url}?token=${one.token}`);
    expect((await refusal(`${url}?token=${one.token}`)).status).toBe(429);
  });
});
