import { Kysely, PostgresDialect } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../../src/db/database.js";
import type { Tables } from "../../../src/db/tables.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { writeEvents } from "./event-writer.js";
import { RawClient } from "./raw-client.js";
import { makeUser, startRelay, type TestRelay } from "./relay-fixture.js";
import { transportDrivers } from "./transport-drivers.js";

const returning = 300;

/** The database by a pool of its own, with every statement written down. */
function counted({ url }: TestDatabase): { db: Database; statements: string[] } {
  const statements: string[] = [];
  const db = openDatabase({ url, name: "stampede", poolMax: 50 });
  const kysely = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: db.pool }),
    log: (event) => void (event.level === "query" && statements.push(event.query.sql)),
  });
  return { db: { ...db, kysely }, statements };
}

describe.each(transportDrivers)("%s: all clients of a relay come back at once", (_name, open) => {
  let database: TestDatabase;
  let running: TestRelay | null = null;
  const clients: RawClient[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await running?.relay.stop();
  });

  it("each gets what it missed, and Postgres is asked a few times", async () => {
    await writeEvents(database.db, 2600);
    const users = await Promise.all(Array.from({ length: 20 }, () => makeUser(database.db, "agent")));
    const { db, statements } = counted(database);
    running = await startRelay(db, open);
    const { url } = running;
    for (let n = 0; n < returning; n++) {
      const { token } = users[n % users.length] ?? { token: "" };
      const client = new RawClient(`${url}/ws/agents/?since=${(n * 7) % 2600}`, ["bearer", token]);
      clients.push(client);
    }
    const isThere = (client: RawClient) => client.texts.length > 1 && client.texts.at(-1)?.includes('"pos":2600,');
    await until(() => clients.every(isThere), "everybody at the head", 60_000);
    for (const [n, client] of clients.entries()) {
      const since = (n * 7) % 2600;
      expect(client.frames.slice(1).map(({ pos }) => pos)).toEqual(
        Array.from({ length: 2600 - since }, (_, index) => since + 1 + index),
      );
    }
    const of = (pattern: RegExp) => statements.filter((sql) => pattern.test(sql)).length;
    // One page for each 500 positions, read again for some where its last one was not there yet.
    expect(of(/FROM events\s+WHERE stream/)).toBeLessThanOrEqual(12);
    // Users, heads, and pages: no more than that at once, so that the pool never had to grow.
    expect(db.pool.totalCount).toBeLessThanOrEqual(6);
    await db.close();
  });
});
