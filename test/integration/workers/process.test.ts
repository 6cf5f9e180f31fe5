import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Intake } from "../../../src/commands/intake.js";
import { stages } from "../../../src/contract/events.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { openTcpProxy, type TcpProxy } from "../queue/tcp-proxy.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "./own-redis.js";

const main = fileURLToPath(new URL("../../../dist/workers/main.js", import.meta.url));

interface WorkerProcess {
  child: ChildProcess;
  lines: Record<string, unknown>[];
  exit: Promise<{ code: number | null; signal: string | null }>;
}

for (const kind of ["redis", "postgres"] as const) {
  describe.skipIf(kind === "redis" && !hasRedisServer)(`the worker process, queue on ${kind}`, () => {
    let database: TestDatabase;
    let redis: OwnRedis | null;
    let proxy: TcpProxy;
    let databaseUrl: string;
    const running: WorkerProcess[] = [];

    beforeEach(async () => {
      database = await createTestDatabase();
      redis = kind === "redis" ? await startOwnRedis() : null;
      const url = new URL(database.url);
      proxy = await openTcpProxy(url.hostname, Number(url.port));
      url.host = `127.0.0.1:${proxy.port}`;
      databaseUrl = url.href;
    });

    afterEach(async () => {
      for (const worker of running.splice(0)) {
        worker.child.kill("SIGKILL");
        await worker.exit;
      }
      await proxy.close();
      await redis?.close();
      await database.drop();
    });

    function startWorker(...args: string[]): WorkerProcess {
      const child = spawn(process.execPath, [main, ...args], {
        env: {
          PATH: process.env.PATH,
          DATABASE_URL: databaseUrl,
          REDIS_URL: redis?.url ?? "none",
          JWT_SECRET: randomUUID(),
          JOB_LOCK_MS: "1000",
          SWEEP_INTERVAL_MS: "500",
          LOG_FORMAT: "json",
          NODE_NO_WARNINGS: "1",
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const lines: Record<string, unknown>[] = [];
      let rest = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        rest += chunk.toString();
        const parts = rest.split("\n");
        rest = parts.pop() ?? "";
        for (const part of parts) if (part.startsWith("{")) lines.push(JSON.parse(part));
      });
      child.stderr?.on("data", (chunk: Buffer) => lines.push({ stderr: chunk.toString() }));
      const exit = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
        child.once("close", (code, signal) => resolve({ code, signal })),
      );
      const worker = { child, lines, exit };
      running.push(worker);
      return worker;
    }

    const works = (worker: WorkerProcess) =>
      until(
        () => worker.lines.filter((line) => line.msg === "stage works").length === stages.length,
        "all stages",
        20_000,
      );

    async function write(count: number): Promise<void> {
      const intake = new Intake({
        db: database.db,
        limits: { AGEING_HORIZON_HOURS: 24 },
        wake: () => undefined,
        flushRows: 50,
        flushes: 2,
        queueMax: 10_000,
      });
      await intake.start();
      const customer = randomUUID();
      await Promise.all(
        Array.from({ length: count }, (_, n) =>
          intake.receive({
            userId: `${customer}-${n % 7}`,
            body: `I still have not received my loan of ${n} shillings, why was it rejected?`,
            channel: "api",
            requestId: `request-${n}`,
          }),
        ),
      );
      await intake.stop();
    }

    const undone = async () => {
      const { rows } = await sql<{ n: number }>`
        SELECT count(*) AS n FROM tickets WHERE scored_at IS NULL OR routed_at IS NULL`.execute(database.db.kysely);
      return rows[0]?.n;
    };
    const allDone = (count: number) =>
      until(
        async () => {
          const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM tickets`.execute(database.db.kysely);
          return rows[0]?.n === count && (await undone()) === 0;
        },
        `${count} tickets scored and routed`,
        25_000,
      );

    it("scores and routes what comes, says so in one line a job, and drains on SIGTERM", async () => {
      const worker = startWorker();
      await works(worker);
      // Its first maintain takes the queue for lost, and would score again what is just being scored.
      await until(() => worker.lines.some((line) => line.jobs_lost === true), "its first maintain");
      await write(1);
      await allDone(1);
      const jobs = () => worker.lines.filter((line) => line.msg === "job" && line.stage !== "maintain");
      await until(() => jobs().length >= 1, "its job line");
      expect(jobs()).toMatchObject([
        { stage: "score", outcome: "done", subjects: 1, request_ids: ["request-0"], scored: 1 },
      ]);
      worker.child.kill("SIGTERM");
      expect(await worker.exit).toEqual({ code: 0, signal: null });
      expect(worker.lines.filter((line) => line.stderr)).toEqual([]);
    });

    it("killed in the middle of its work: another one does the rest", async () => {
      const first = startWorker();
      await works(first);
      const second = startWorker();
      await works(second);
      await write(200);
      await until(() => first.lines.some((line) => line.msg === "job" && line.stage === "score"), "its first job");
      first.child.kill("SIGKILL");
      await write(200);
      await allDone(400);
      const { rows } = await sql<{ scores: number }>`SELECT count(*) AS scores FROM urgency_scores`.execute(
        database.db.kysely,
      );
      expect(rows[0]?.scores).toBe(400);
    });

    it("starts while all that it needs is away, and works once it is there", async () => {
      await redis?.kill();
      proxy.cut();
      const worker = startWorker();
      await until(() => proxy.refused() >= 2, "vain tries", 20_000);
      expect(worker.child.exitCode).toBeNull();
      await write(5);
      await redis?.restart();
      proxy.mend();
      await works(worker);
      await allDone(5);
    });

    it("stops by itself while all that it needs is away", async () => {
      const worker = startWorker();
      await works(worker);
      await redis?.kill();
      proxy.cut();
      await until(() => proxy.refused() >= 2, "vain tries");
      worker.child.kill("SIGTERM");
      expect((await worker.exit).signal).toBeNull();
      expect(worker.lines.filter((line) => line.stderr)).toEqual([]);
      expect(worker.lines.at(-1)).toMatchObject({ msg: "stopped" });
    });

    it("works only the stages that it is told to", async () => {
      const worker = startWorker("--stages", "route,deliver");
      await until(() => worker.lines.filter((line) => line.msg === "stage works").length === 2, "its stages");
      await write(3);
      const sent = async () => {
        const { rows } = await sql<{ sent: boolean }>`
          SELECT published_seq = last_seq AND last_seq > 0 AND NOT EXISTS (SELECT FROM outbox) AS sent FROM sequencer`.execute(
          database.db.kysely,
        );
        return rows[0]?.sent;
      };
      await until(sent, "the jobs to be enqueued");
      expect(await undone()).toBe(3);
      const scorer = startWorker("--stages", "score");
      await allDone(3);
      const worked = (who: WorkerProcess) => who.lines.filter((line) => line.msg === "job").map((line) => line.stage);
      await until(() => worked(scorer).length > 0, "its job line");
      expect([...new Set(worked(scorer)), ...worked(worker)]).toEqual(["score"]);
      const wrong = startWorker("--stages", "score,nonsense");
      expect(await wrong.exit).toMatchObject({ code: 64 });
      expect(wrong.lines).toMatchObject([{ stderr: expect.stringContaining("no stage nonsense") }]);
    });
  });
}
