import { type MigrationInfo, type MigrationResult, Migrator } from "kysely";
import { migrations } from "../../migrations/index.js";
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
    return results ?? [];
  } finally {
    await db.close();
  }
}

/** Every migration with the time at which it ran, or none. */
export async function migrationStatus(db: Database): Promise<readonly MigrationInfo[]> {
  return migratorFor(db).getMigrations();
}
