import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { forgetOldAnswers } from "../../../src/commands/forget-old-answers.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it("forgets kept answers after a day, and no others", async () => {
  const { db } = database;
  const keep = (key: string, age: string) =>
    db.pool.query(
      `INSERT INTO idempotency_keys (key_hash, fingerprint, status, created_at) VALUES ($1, $1, 204, now() - $2::interval)`,
      [createHash("sha256").update(key).digest(), age],
    );
  await keep("young", "23 hours 59 minutes");
  for (const key of ["old", "older"]) await keep(key, "24 hours 1 second");
  expect(await forgetOldAnswers({ db })).toBe(2);
  expect(await forgetOldAnswers({ db })).toBe(0);
  const { rows } = await db.pool.query("SELECT count(*) AS n FROM idempotency_keys");
  expect(rows).toEqual([{ n: 1 }]);
});
