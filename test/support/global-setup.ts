import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrateUp } from "../../src/db/migrate.js";

declare module "vitest" {
  interface ProvidedContext {
    /** A server where `createTestDatabase` clones the template. */
    postgresUrl: string;
    /** The migrated database that is cloned. */
    template: string;
    /** null: no redis-server on the PATH, or REDIS_URL=none. */
    redisUrl: string | null;
  }
}

const template = `switchboard_template_${randomBytes(4).toString("hex")}`;

/**
 * One Postgres and, where there is one, one Redis for the whole run: those of TEST_DATABASE_URL and TEST_REDIS_URL, or
 * embedded ones in a temporary folder. Every test file clones the migrated template.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "switchboard-test-"));
  const stops: (() => Promise<void>)[] = [];
  let postgresUrl = process.env.TEST_DATABASE_URL;
  if (!postgresUrl) {
    const { startEmbeddedPostgres } = await import("../../src/embedded/postgres.js");
    const postgres = await startEmbeddedPostgres({ dataDir: folder });
    stops.push(() => postgres.stop());
    postgresUrl = postgres.url;
  }
  let redisUrl: string | null = process.env.TEST_REDIS_URL ?? null;
  if (!redisUrl && process.env.REDIS_URL !== "none") {
    const { startQueueServer } = await import("../../src/embedded/queue-server.js");
    const redis = await startQueueServer({ dataDir: folder });
    if (redis) stops.push(() => redis.stop());
    redisUrl = redis?.url ?? null;
  }
  await makeTemplate(postgresUrl);
  const serverUrl = postgresUrl;
  stops.push(() => onServer(serverUrl, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`));
  project.provide("template", template);
  project.provide("postgresUrl", postgresUrl);
  project.provide("redisUrl", redisUrl);
  return async () => {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function makeTemplate(serverUrl: string): Promise<void> {
  await onServer(serverUrl, `CREATE DATABASE ${template}`);
  const url = new URL(serverUrl);
  url.pathname = `/${template}`;
  await migrateUp(url.href);
}
