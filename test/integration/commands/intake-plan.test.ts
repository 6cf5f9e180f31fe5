import { afterAll, beforeAll, expect, test } from "vitest";
import { lockCustomers } from "../../../src/db/queries/store-messages.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());

test("customers are found by their unique index, however many are asked for", async () => {
  await test_.db.pool.query(`
    WITH made AS (INSERT INTO users (role) SELECT 'customer' FROM generate_series(1, 30000) RETURNING id)
    INSERT INTO customers (id, user_id) SELECT id, 'customer-number-' || id FROM made`);
  await test_.db.pool.query("ANALYZE customers");
  const { rows: some } = await test_.db.pool.query<{ ids: string[] }>(
    "SELECT array_agg(user_id) AS ids FROM (SELECT user_id FROM customers LIMIT 400) c",
  );
  const client = await test_.db.pool.connect();
  try {
    await client.query(`PREPARE locking (text[]) AS ${lockCustomers.text}`);
    const literal = `ARRAY[${some[0]?.ids.map((id) => client.escapeLiteral(id)).join(",")}]`;
    // The sixth run is the first that may use a generic plan.
    for (let run = 0; run < 6; run++) {
      const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN EXECUTE locking (${literal})`);
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      expect(plan).toContain("customers_user_id_key");
      expect(plan).not.toMatch(/trgm|Seq Scan/);
    }
  } finally {
    client.release();
  }
});
