import pg from "pg";
import { migrateUp } from "../../src/db/migrate.js";

/** A database beside the system's own, on the same server. */
export interface ScratchDatabase {
  name: string;
  url: string;
  drop(): Promise<void>;
}

let made = 0;

/** A migrated database of its own, or a copy of `template` (to which nobody may be connected then). */
export async function createScratch(serverUrl: string, template?: ScratchDatabase): Promise<ScratchDatabase> {
  const name = `bench_${Date.now()}_${made++}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}${template ? ` TEMPLATE ${template.name}` : ""}`);
  if (!template) await migrateUp(url.href);
  return {
    name,
    url: url.href,
    drop: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** One statement on a connection of its own, outside a transaction. */
export async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
