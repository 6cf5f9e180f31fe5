import { expect, test } from "vitest";
import { PostgresListener } from "../../../src/bus/postgres-listener.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

test("who subscribes while the listener is being connected hears its own channel", async () => {
  const database = await createTestDatabase();
  const heard: string[] = [];
  const wanted = ["late_wake"];
  const joined: Promise<void>[] = [];
  const listener: PostgresListener = new PostgresListener({
    databaseUrl: database.url,
    name: "late",
    logger: silentLogger,
    channels: () => {
      const now = [...wanted];
      // The second subscriber comes just after the channels were read, while LISTEN is on its way.
      if (joined.length === 0) {
        wanted.push("late_head");
        joined.push(Promise.resolve().then(() => listener.listen()));
      }
      return now;
    },
    onNotice: (channel) => heard.push(channel),
    onConnection: () => undefined,
  });
  try {
    await listener.listen();
    await Promise.all(joined);
    await database.db.pool.query("SELECT pg_notify('late_head', '1')");
    await database.db.pool.query("SELECT pg_notify('late_wake', '')");
    await until(() => heard.includes("late_wake"), "the first's channel");
    expect(heard).toContain("late_head");
  } finally {
    await listener.stop();
    await database.drop();
  }
});
