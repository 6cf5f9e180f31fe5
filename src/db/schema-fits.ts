import { sql } from "kysely";
import { migrations } from "../../migrations/index.js";
import type { Database } from "./database.js";

/** The database has not had all migrations that this program was made with. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
  /** As Postgres says it of a table that is not there. */
  readonly code = "42P01";
}

const newest = Object.keys(migrations).sort().at(-1) ?? "";

/** Resolves when the database answers and has had this program's newest migration; rejects with what is wrong. */
export async function schemaFits(db: Pick<Database, "kysely">): Promise<void> {
  const { rows } = await sql<{ fits: boolean }>`
    SELECT EXISTS (SELECT FROM kysely_migration WHERE name = ${newest}) AS fits`.execute(db.kysely);
  if (!rows[0]?.fits) throw new SchemaError(`migration ${newest} has not run`);
}
