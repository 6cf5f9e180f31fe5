import { type Database, openDatabase } from "../src/db/database.js";
import { type Config, loadConfig } from "../src/runtime/config.js";

/** What a command that works on a desk is given. */
export interface Desk {
  config: Config;
  db: Database;
}

/**
 * Runs `work` with the settings and a pool on the desk's database, and closes it. Throws ConfigError when there is no
 * desk: neither DATABASE_URL nor an embedded system that runs in DATA_DIR.
 */
export async function withDesk<T>(work: (desk: Desk) => Promise<T>, poolMax = 3): Promise<T> {
  const config = loadConfig();
  const db = openDatabase({ url: config.databaseUrl, name: "switchboard-cli", poolMax, statementTimeoutMs: 120_000 });
  try {
    return await work({ config, db });
  } finally {
    await db.close();
  }
}
