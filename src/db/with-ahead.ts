import { Kysely, PostgresDialect, type PostgresPool } from "kysely";
import type pg from "pg";
import { type Database, type Executor, statementName } from "./database.js";
import { inOneTrip, type Statement } from "./one-trip.js";
import type { Tables } from "./tables.js";

/** A statement that goes before others, and what its rows are looked at for: what `look` throws, the reading throws. */
export interface Ahead {
  statement: Statement;
  look?: (rows: readonly pg.QueryResultRow[]) => void;
}

/**
 * An executor for reads, each of whose statements goes with these before it: in one transaction, and in one trip. So each
 * is a transaction of its own; they hold nothing in common.
 */
export function withAhead(db: Database, ahead: readonly Ahead[]): Executor {
  const query = async (text: string, values: readonly unknown[]) => {
    const own = { name: statementName(text), text, values };
    const results = await inOneTrip(db, [...ahead.map(({ statement }) => statement), own]);
    for (const [index, { look }] of ahead.entries()) look?.(results[index]?.rows ?? []);
    return results[ahead.length];
  };
  const pool = { connect: async () => ({ query, release: () => undefined }), end: async () => undefined };
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
}
