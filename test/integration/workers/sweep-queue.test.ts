import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sweep, sweepGraceMs } from "../../../src/commands/sweep.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { drivers } from "../queue/drivers.js";
import { seedTickets } from "./seed-tickets.js";
import { openStageBench, type StageBench } from "./stage-bench.js";

for (const driver of drivers) {
  describe.skipIf(!driver.available)(`sweep and the queue on ${driver.name}`, () => {
    let database: TestDatabase;
    let bench: StageBench;
    let dropStore: () => Promise<void>;

    beforeAll(async () => {
      database = await createTestDatabase();
    });
    beforeEach(async () => {
      await sql`TRUNCATE users, conversations CASCADE`.execute(database.db.kysely);
      const made = await driver.make();
      dropStore = made.drop;
      bench = openStageBench(made.address, database.db);
    });
    afterEach(async () => {
      await bench.close();
      await dropStore();
    });
    afterAll(() => database.drop());

    const run = () => {
      const { admin, producer } = bench;
      return sweep(
        database,
        {
          oldestWaitingMs: admin.oldestWaitingMs.bind(admin),
          knownSubjects: admin.knownSubjects.bind(admin),
          enqueue: producer.enqueue.bind(producer),
        },
        sweepGraceMs,
      );
    };

    it("enqueues what was lost once, however often it looks before it is worked", async () => {
      await seedTickets(database.db, 150, 60);
      await seedTickets(database.db, 20, 30);
      expect((await run()).score).toBe(170);
      expect((await run()).score).toBe(0);
      expect((await run()).score).toBe(0);
      expect((await bench.admin.countsOf("score")).waiting).toBe(2);
    });

    it("leaves dead letters and second tries alone, and finds what is lost beside them", async () => {
      const tickets = await seedTickets(database.db, 3, 60);
      const [dead, delayed, lost] = tickets.map((ticket) => ticket.messageId);
      await bench.start("score", async ({ subjectIds: [id] }) => {
        if (id !== lost) throw new Error("not today");
        return {};
      });
      await bench.producer.enqueue("score", [{ subjectId: dead ?? 0, requestId: null }]);
      await until(async () => (await bench.admin.countsOf("score")).dead === 1, "the dead letter");
      const queue = await bench.store.queue("score");
      const data = { subject_ids: [delayed ?? 0], request_ids: [""] };
      await queue.add("score", data, { delay: 600_000 });
      expect((await run()).score).toBe(1);
      await until(
        () => bench.lines.some((line) => line.subject_id === lost && line.outcome === "done"),
        "the lost one to be worked",
      );
      expect((await bench.admin.countsOf("score")).dead).toBe(1);
    });
  });
}
