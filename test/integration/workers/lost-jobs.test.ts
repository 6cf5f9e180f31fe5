import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliverStage } from "../../../workers/deliver.js";
import { maintainStage } from "../../../workers/maintain.js";
import { MaintenanceTimer } from "../../../workers/maintenance-timer.js";
import { scoreStage, type WorkerContext } from "../../../workers/score.js";
import { emptyFiles } from "../../support/empty-files.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import type { StoreAddress } from "../queue/drivers.js";
import { hasRedisServer, startOwnRedis } from "./own-redis.js";
import { seedTickets } from "./seed-tickets.js";
import { openStageBench, type StageBench } from "./stage-bench.js";

const limits = { AGEING_HORIZON_HOURS: 24, REOPEN_WITHIN_HOURS: 72, TICKET_CAPACITY: 15 };
const logger = pino({ level: "silent" });
const never = 600_000;

interface LosableStore {
  address: StoreAddress;
  /** Takes all jobs away at once. */
  lose(): Promise<void>;
  close(): Promise<void>;
}

const losable: { name: string; available: boolean; make(database: TestDatabase): Promise<LosableStore> }[] = [
  {
    name: "redis, FLUSHALL",
    available: hasRedisServer,
    async make() {
      const redis = await startOwnRedis();
      const prefix = `t-${randomBytes(4).toString("hex")}`;
      return {
        address: { driver: "redis", url: redis.url, prefix },
        lose: () => redis.flush(),
        close: () => redis.close(),
      };
    },
  },
  {
    name: "redis, killed and empty again",
    available: hasRedisServer,
    async make() {
      const redis = await startOwnRedis();
      const prefix = `t-${randomBytes(4).toString("hex")}`;
      return {
        address: { driver: "redis", url: redis.url, prefix },
        async lose() {
          await redis.kill();
          await redis.restart();
        },
        close: () => redis.close(),
      };
    },
  },
  {
    name: "postgres, its schema dropped",
    available: true,
    async make(database) {
      return {
        address: { driver: "postgres", url: database.url },
        lose: async () => void (await sql`DROP SCHEMA bullmq CASCADE`.execute(database.db.kysely)),
        close: async () => undefined,
      };
    },
  },
];

for (const kind of losable) {
  describe.skipIf(!kind.available)(`lost jobs: ${kind.name}`, () => {
    let database: TestDatabase;
    let store: LosableStore;
    let bench: StageBench;
    let timer: MaintenanceTimer;
    let ctx: WorkerContext;

    beforeEach(async () => {
      database = await createTestDatabase();
      store = await kind.make(database);
      bench = openStageBench(store.address, database.db);
      ctx = { db: database.db, limits, wake: () => undefined };
      const { admin, producer } = bench;
      timer = new MaintenanceTimer({ admin, producer, logger, intervalMs: never, markerEveryMs: 50 });
    });

    afterEach(async () => {
      await timer.stop();
      await bench.close();
      await store.close();
      await database.drop();
    });

    it("brings all queued work back by itself", async () => {
      const { admin, producer } = bench;
      const bus = { publishEphemeral: async () => undefined, publishControl: async () => undefined };
      await bench.start(
        "maintain",
        maintainStage(ctx, {
          admin,
          producer,
          bus,
          leaseMinutes: 30,
          eventRetentionDays: 7,
          deliveryRetentionDays: 14,
          botAnswerWithinS: 60,
          files: emptyFiles(),
        }),
      );
      await timer.start();
      await until(() => admin.hasMarker(), "the marker");

      const tickets = await seedTickets(database.db, 350, 0);
      const items = tickets.map((ticket) => ({ subjectId: ticket.messageId, requestId: null }));
      await sql`INSERT INTO deliveries (message_id, conversation_id, channel)
        SELECT id, conversation_id, 'socket' FROM messages ORDER BY id LIMIT 20`.execute(database.db.kysely);
      const { rows: deliveries } = await sql<{ id: number }>`SELECT id FROM deliveries`.execute(database.db.kysely);
      await producer.enqueue("score", items);
      await producer.enqueue(
        "deliver",
        deliveries.map((row) => ({ subjectId: row.id, requestId: null })),
      );
      expect((await admin.countsOf("score")).waiting).toBe(4);

      await store.lose();
      await until(() => bench.lines.filter((line) => line.jobs_lost === true).length >= 2, "a sweep for lost jobs");
      await bench.start("score", scoreStage(ctx));
      await bench.start("deliver", deliverStage(ctx, { mail: false, readWithinMs: 1000 }, { wake: () => undefined }));

      const undone = async () => {
        const { rows } = await sql<{ n: number }>`
          SELECT (SELECT count(*) FROM tickets WHERE scored_at IS NULL)
               + (SELECT count(*) FROM deliveries WHERE next_attempt_at IS NOT NULL) AS n`.execute(database.db.kysely);
        return rows[0]?.n;
      };
      await until(async () => (await undone()) === 0, "everything done", 20_000);
      const { rows: scores } = await sql<{ n: number }>`SELECT count(*) AS n FROM urgency_scores`.execute(
        database.db.kysely,
      );
      expect(scores[0]?.n).toBe(350);
      expect(await admin.hasMarker()).toBe(true);
      const counts = await admin.counts();
      expect(Object.values(counts).map((each) => each.dead)).toEqual([0, 0, 0, 0, 0]);
    });
  });
}
