import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../../src/embedded/postgres.js";

/** A Postgres that a test may fill, crowd, stop and kill; started again when it ends, as a supervisor would. */
export interface OwnPostgres {
  url: string;
  port: number;
  pid(): number;
  ask(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** A session of the test's own; ended with the server at the latest. */
  session(): Promise<pg.Client>;
  close(): Promise<void>;
}

const againAfterMs = 300;

/** In `folder`, or in one that goes with it. */
export async function startOwnPostgres(folder?: string): Promise<OwnPostgres> {
  const dataDir = folder ?? mkdtempSync(join(tmpdir(), "switchboard-edge-"));
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir });
  const { url, port } = server;
  let closing = false;
  let again: Promise<void> = Promise.resolve();

  async function keep(): Promise<void> {
    await server.exited;
    while (!closing) {
      await new Promise((resolve) => setTimeout(resolve, againAfterMs));
      try {
        server = await startEmbeddedPostgres({ dataDir, port });
        again = keep();
        return;
      } catch {
        // Its disk is still full.
      }
    }
  }
  again = keep();

  async function session(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, application_name: "edge-test" });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  return {
    url,
    port,
    pid: () => server.pid,
    session,
    async ask(sql, values) {
      const client = await session();
      try {
        return (await client.query(sql, values)).rows;
      } finally {
        await client.end();
      }
    },
    async close() {
      closing = true;
      await server.stop();
      await again;
      if (folder === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
