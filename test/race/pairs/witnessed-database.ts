import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { makeAudit } from "./audit-sql.js";
import { makeCase, makeWitness } from "./case-sql.js";
import { makeState } from "./state-sql.js";

/** A database of its own with the witnesses, the cases and the audit in it. */
export async function witnessedDatabase(poolMax: number): Promise<TestDatabase> {
  const database = await createTestDatabase(poolMax);
  // By a session of its own: settings of a database are those of the sessions that begin after it.
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const name = client.escapeIdentifier(new URL(database.url).pathname.slice(1));
    // Nothing is switched off while these run: what is on disk a moment later is no question here.
    await client.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    // To compile the audit takes a hundred times as long as to run it.
    await client.query(`ALTER DATABASE ${name} SET jit = off`);
    for (const sql of [makeWitness, makeCase, makeState, makeAudit]) await client.query(sql);
  } finally {
    await client.end();
  }
  return database;
}
