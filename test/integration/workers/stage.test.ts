import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../../src/db/database.js";
import { inTransaction } from "../../../src/db/transaction.js";
import { Refusal } from "../../../src/domain/errors.js";
import { InvariantError } from "../../../src/runtime/invariant.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { drivers } from "../queue/drivers.js";
import { openTcpProxy, type TcpProxy } from "../queue/tcp-proxy.js";
import { openStageBench, type StageBench } from "./stage-bench.js";

const poison = 42;

for (const driver of drivers) {
  describe.skipIf(!driver.available)(`the stage wrapper, queue on ${driver.name}`, () => {
    let database: TestDatabase;
    let proxy: TcpProxy;
    let db: Database;
    let bench: StageBench;
    let dropStore: () => Promise<void>;

    beforeAll(async () => {
      database = await createTestDatabase();
      await sql`CREATE TABLE worked (n integer PRIMARY KEY CHECK (n <> ${sql.lit(poison)}))`.execute(
        database.db.kysely,
      );
      const url = new URL(database.url);
      proxy = await openTcpProxy(url.hostname, Number(url.port));
      url.host = `127.0.0.1:${proxy.port}`;
      db = openDatabase({ url: url.href, name: "switchboard-test", poolMax: 3 });
    });

    beforeEach(async () => {
      await sql`TRUNCATE worked`.execute(database.db.kysely);
      const made = await driver.make();
      dropStore = made.drop;
      bench = openStageBench(made.address, db);
    });

    afterEach(async () => {
      proxy.mend();
      await bench.close();
      await dropStore();
    });

    afterAll(async () => {
      await db.close();
      await proxy.close();
      await database.drop();
    });

    /** Set-wise, in one transaction, and idempotent, as every command of a stage is. */
    const insertAll = async ({ subjectIds }: { subjectIds: number[] }) => {
      await inTransaction(db, (tx) =>
        sql`INSERT INTO worked SELECT unnest(${subjectIds}::integer[]) ON CONFLICT DO NOTHING`.execute(tx),
      );
      return { inserted: subjectIds.length };
    };
    const worked = async () => {
      const { rows } = await sql<{ n: number }>`SELECT n FROM worked ORDER BY n`.execute(database.db.kysely);
      return rows.map((row) => row.n);
    };
    const items = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ subjectId: index + 1, requestId: `request-${index + 1}` }));

    it("lets a poison item cost nobody else, and makes it alone a dead letter after its tries", async () => {
      await bench.start("score", insertAll);
      await bench.producer.enqueue("score", items(100));
      await until(async () => (await worked()).length === 99, "the other 99");
      expect(await worked()).not.toContain(poison);
      await until(async () => (await bench.admin.countsOf("score")).dead === 1, "the dead letter", 20_000);
      expect(await bench.admin.deadLetters("score", 5)).toMatchObject([{ subjectIds: [poison], attempts: 3 }]);
      const batch = bench.lines.filter((line) => line.msg === "job" && line.subjects === 100);
      expect(batch.map((line) => line.outcome)).toEqual(["split"]);
      const alone = bench.lines.filter((line) => line.msg === "job" && line.subject_id === poison);
      expect(alone.map((line) => line.outcome)).toEqual(["retried", "retried", "dead"]);
      expect(alone[0]?.request_ids).toEqual([`request-${poison}`]);
      const figures = (await bench.metrics.text()).split("\n");
      const counted = (outcome: string) => {
        const isCount = (line: string) => line.startsWith("switchboard_job_duration_seconds_count{");
        const line = figures.find((each) => isCount(each) && each.includes(`outcome="${outcome}"`));
        return Number(line?.split(" ")[1]);
      };
      expect(["split", "retried", "dead", "done"].map(counted)).toEqual([1, 2, 1, 99]);
    });

    it("loses no try while the database is away, and goes on when it is back", async () => {
      await bench.start("score", insertAll);
      await bench.producer.enqueue("score", items(1));
      await until(async () => (await worked()).length === 1, "the first");
      proxy.cut();
      await bench.producer.enqueue("score", items(250));
      // Three tries would be gone after 1.5 s: seven looks of the gate (0.1 to 1 s apart) take longer.
      await until(() => proxy.refused() >= 7, "seven vain looks", 20_000);
      expect(await worked()).toEqual([1]);
      proxy.mend();
      await until(async () => (await worked()).length === 249, "all but the poison one");
      await until(async () => (await bench.admin.countsOf("score")).dead === 1, "the poison one", 20_000);
      expect(await bench.admin.deadLetters("score", 5)).toMatchObject([{ subjectIds: [poison], attempts: 3 }]);
      const ends = bench.lines.filter((line) => line.msg === "job" && line.subjects > 1);
      expect(ends.every((line) => line.attempt === undefined)).toBe(true);
    });

    it.runIf(driver.name === "postgres")("loses nothing when database and queue are away together", async () => {
      await bench.close();
      const url = new URL(database.url);
      url.host = `127.0.0.1:${proxy.port}`;
      bench = openStageBench({ driver: "postgres", url: url.href }, db);
      await bench.start("score", insertAll);
      const ids = [...items(41), ...items(60).slice(42)];
      for (const item of ids) await bench.producer.enqueueAlone("score", [item]);
      await until(async () => (await worked()).length > 5, "some of it");
      proxy.cut();
      await until(() => proxy.refused() >= 10, "vain tries");
      proxy.mend();
      await until(async () => (await worked()).length === ids.length, "all of it", 25_000);
      const settled = async () => {
        const { waiting, active, delayed } = await bench.admin.countsOf("score");
        return waiting + active + delayed === 0;
      };
      await until(settled, "an empty queue", 25_000);
      expect((await bench.admin.countsOf("score")).dead).toBe(0);
    });

    it("gives its job back when it stops while the database is away", async () => {
      const worker = await bench.start("score", insertAll);
      proxy.cut();
      await bench.producer.enqueue("score", [{ subjectId: 7, requestId: null }]);
      await until(() => proxy.refused() >= 2, "a vain look");
      await worker.stop();
      expect(bench.lines.filter((line) => line.msg === "job").map((line) => line.outcome)).toEqual(["returned"]);
      proxy.mend();
      await bench.start("score", insertAll);
      await until(async () => (await worked()).length === 1, "the job, at another worker");
      expect(bench.lines.at(-1)?.attempt).toBeUndefined();
      expect((await bench.admin.countsOf("score")).dead).toBe(0);
    });

    it("ends a stale job as done, and a hopeless one as a dead letter at its first try", async () => {
      await bench.start("route", async ({ subjectIds: [id] }) => {
        if (id === 1) throw new Refusal("message_not_found", "It is gone.");
        if (id === 2) throw new Refusal("forbidden", "Not this one.");
        throw new InvariantError("a broken promise");
      });
      await bench.producer.enqueueAlone("route", items(3));
      await until(() => bench.lines.filter((line) => line.msg === "job").length === 3, "three ends");
      const outcomes = bench.lines.filter((line) => line.msg === "job").map((line) => [line.subject_id, line.outcome]);
      expect(outcomes.sort()).toEqual([
        [1, "stale"],
        [2, "dead"],
        [3, "dead"],
      ]);
      await until(async () => (await bench.admin.countsOf("route")).dead === 2, "two dead letters");
      expect((await bench.admin.knownSubjects("route")).sort()).toEqual([2, 3]);
    });

    it("tries a batch whole again after a statement's timeout, and does not wait for the database", async () => {
      let runs = 0;
      await bench.start("deliver", async ({ subjectIds }) => {
        runs++;
        if (runs === 1) {
          await inTransaction(db, async (tx) => {
            await sql`SET LOCAL statement_timeout = '20ms'`.execute(tx);
            await sql`SELECT pg_sleep(5)`.execute(tx);
          });
        }
        return insertAll({ subjectIds });
      });
      await bench.producer.enqueue("deliver", items(41));
      const ends = () => bench.lines.filter((line) => line.msg === "job");
      await until(() => ends().length === 2, "two ends");
      expect((await worked()).length).toBe(41);
      expect(ends().map((line) => [line.outcome, line.subjects])).toEqual([
        ["retried", 41],
        ["done", 41],
      ]);
    });
  });
}
