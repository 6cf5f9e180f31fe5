import { type MigrationInfo, type MigrationResult, Migrator, sql } from "kysely";
import { migrations } from "../../migrations/index.js";
import { readsAreGuarded } from "./as-viewer.js";
import { type Database, openDatabase } from "./database.js";

function migratorFor(db: Database): Migrator {
  return new Migrator({ db: db.kysely, provider: { getMigrations: async () => migrations } });
}

/** Brings the schema up to date; several processes may call it at once (Kysely holds a lock). Throws what failed. */
export async function migrateUp(databaseUrl: string): Promise<MigrationResult[]> {
  const db = openDatabase({ url: databaseUrl, name: "switchboard-migrate", poolMax: 2, statementTimeoutMs: 0 });
  try {
    const { error, results } = await migratorFor(db).migrateToLatest();
    if (error) throw error;
    // The role may have been made, by somebody who may, since this was last tried.
    if (!(await readsAreGuarded(db))) await sql`SELECT guard_reads()`.execute(db.kysely);
    return results ?? [];
  } finally {
    await db.close();
  }
}

/** Every migration with the time at which it ran, or none. */
export async function migrationStatus(db: Database): Promise<readonly MigrationInfo[]> {
  return migratorFor(db).getMigrations();
}
