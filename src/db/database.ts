import { Kysely, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import { patientClient } from "./patient-client.js";
import type { Tables } from "./tables.js";

/** A process's way to Postgres: one pool, seen through Kysely; hot statements use the pool itself (named statements). */
export interface Database {
  readonly pool: pg.Pool;
  readonly kysely: Kysely<Tables>;
  /** The connection whose open transaction this is bound to; then nobody opens one of its own. */
  readonly bound?: pg.PoolClient;
  /** Ends the pool after what is under way. */
  close(): Promise<void>;
}

/** A transaction under way. */
export type Tx = Transaction<Tables>;
/** Where a query may run: in a transaction or on its own. */
export type Executor = Kysely<Tables> | Tx;

const int8 = 20;

/** int8 as a number: ids, positions and counts stay far below 2^53. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === int8) return Number;
    return format === "binary" ? pg.types.getTypeParser(oid, "binary") : pg.types.getTypeParser(oid, "text");
  },
};

/** A server that has said nothing for that long, ms, is given up even where a statement may take its time. */
const patientMs = 6 * 3_600_000;

const namePattern = /^\s*\/\* ([a-z][a-z-]{2,40}) \*\//;

/** The name that a statement is prepared under: that of the comment that it begins with. */
export function statementName(text: string): string | undefined {
  return namePattern.exec(text)?.[1];
}

/**
 * A statement that begins with a comment that names it (`/* settle-reply *\/ …`) is prepared under that name, once for each
 * connection. For the hot ones: parsing and planning them anew was half of what Postgres did (measured). The text of a
 * name must always be the same, so no list in it may grow: arrays do. One whose name begins with `patient-` may take longer
 * than others: who sends it has set the server's own limit (`statement_timeout`).
 */
function prepareNamed(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const named = (first: unknown, ...rest: unknown[]) => {
    const name = typeof first === "string" ? statementName(first) : undefined;
    const patience = name?.startsWith("patient-") ? { query_timeout: patientMs } : {};
    const answer = name
      ? query({ name, text: first, values: rest[0], ...patience }, ...rest.slice(1))
      : query(first, ...rest);
    if (answer instanceof Promise) answer.catch((error: Error) => cutOffSilent(client, error));
    return answer;
  };
  client.query = named as typeof client.query;
}

/** A server that says nothing at all: its connection is cut, so that the ROLLBACK after it does not wait for it as well. */
function cutOffSilent(client: pg.PoolClient, error: Error): void {
  if (error.message === "Query read timeout") void (client as unknown as pg.Client).end().catch(() => undefined);
}

/** The server gets so much longer to say itself that a statement took too long, ms. */
const silenceMs = 2000;

export interface DatabaseOptions {
  url: string;
  /** Name of the process, seen in pg_stat_activity. */
  name: string;
  poolMax: number;
  /** A statement that takes longer is cancelled, ms; 15 s unless said otherwise, 0: never. */
  statementTimeoutMs?: number;
  /** A transaction in which nothing is asked for longer is undone, and what it locked is free, ms. Default 10 s. */
  idleInTransactionMs?: number;
}

/** Opens a pool; no connection is made before the first query. A lost idle connection is replaced, never thrown. */
export function openDatabase(options: DatabaseOptions): Database {
  const { statementTimeoutMs = 15_000, idleInTransactionMs = 10_000 } = options;
  const pool = new pg.Pool({
    Client: patientClient(),
    connectionString: options.url,
    application_name: options.name,
    max: options.poolMax,
    types: typeParsers,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    ...(statementTimeoutMs > 0 ? { query_timeout: statementTimeoutMs + silenceMs } : {}),
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
  });
  // A connection that dies says so to the query that needs it; without these listeners it would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    prepareNamed(client);
  });
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  // Kysely ends the pool only if it was ever used.
  const close = async () => {
    await kysely.destroy();
    if (!pool.ended) await pool.end();
  };
  return { pool, kysely, close };
}
