import { Kysely, PostgresDialect, type PostgresPool } from "kysely";
import type pg from "pg";
import type { Database } from "./database.js";
import type { Tables } from "./tables.js";

/**
 * A database whose every statement runs in the transaction that is open on `client`: whatever is given it in place of the
 * pool becomes part of that one transaction. `inTransaction` and `inClientTransaction` see `bound` and open none of their
 * own; nothing is retried within it, whoever opened it does that.
 */
export function bindDatabase(client: pg.PoolClient): Database {
  const borrowed = { query: client.query.bind(client), release: () => undefined } as unknown as pg.PoolClient;
  const pool = { connect: async () => borrowed, query: client.query.bind(client), end: async () => undefined };
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
  return { pool: pool as unknown as pg.Pool, kysely, bound: borrowed, close: async () => undefined };
}
