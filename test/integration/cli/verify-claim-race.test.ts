import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { deskSettings, runCli } from "./run-cli.js";

let database: TestDatabase;
let api: ChildProcess;
let settings: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  settings = { ...deskSettings(database.url), PORT: String(randomInt(20_000, 30_000)), LOG_LEVEL: "error" };
  const script = join(packageRoot, "dist", "src", "api", "main.js");
  api = spawn(process.execPath, [script], { env: settings, stdio: "ignore" });
  const health = `http://127.0.0.1:${settings.PORT}/healthz`;
  await until(
    () =>
      fetch(health).then(
        (answer) => answer.ok,
        () => false,
      ),
    "the API",
    30_000,
  );
});
afterAll(async () => {
  const gone = new Promise((resolve) => api.once("exit", resolve));
  api.kill("SIGTERM");
  await gone;
  await database.drop();
});

test("on the real API: it holds, and nothing of it stays but the news of its removal", async () => {
  const args = ["verify", "claim-race", "--agents", "4", "--rounds", "6", "--json", "--i-know-what-this-does"];
  const result = await runCli(args, settings);
  expect(result.code, result.stderr).toBe(0);
  expect(result.json()).toMatchObject({ holds: true, rounds: 6, held: 6, winners: { 1: 6 }, violations: [] });
  for (const table of ["users", "tickets", "messages", "conversations", "assignments"]) {
    const { rows } = await database.db.pool.query(`SELECT count(*)::int AS n FROM ${table}`);
    expect([table, rows[0]?.n]).toEqual([table, 0]);
  }
  const { rows } = await database.db.pool.query("SELECT count(*)::int AS n FROM outbox WHERE type = 'message_deleted'");
  expect(rows[0]?.n).toBe(6);
});

test("no API there: exit 1, one sentence, and nobody is left behind", async () => {
  const args = ["verify", "claim-race", "--url", "http://127.0.0.1:9", "--i-know-what-this-does"];
  const result = await runCli(args, settings);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/nothing listens on 127\.0\.0\.1:9/);
  const { rows } = await database.db.pool.query("SELECT count(*)::int AS n FROM users");
  expect(rows[0]?.n).toBe(0);
});
