import pg from "pg";
import { type Database, typeParsers } from "./database.js";
import { retried, sqlState } from "./transaction.js";

/** One statement; what has a name is prepared under it, once for each connection, as in `database.ts`. */
export interface Statement {
  name: string | undefined;
  text: string;
  values: readonly unknown[];
}

/**
 * Sends statements one behind the other and waits once: one way to Postgres and back in place of one for each, which is
 * most of what a small read costs (measured). They are one transaction: without BEGIN it lasts until the message that ends
 * them all, so that a `set_config(…, true)` holds for those after it, and of one that fails none after it is run. In a
 * bound database they are part of its transaction, one after the other. Returns the result of each.
 */
export async function inOneTrip(db: Database, statements: readonly Statement[]): Promise<pg.QueryResult[]> {
  const { bound } = db;
  if (!bound) return retried(db, () => onceInOneTrip(db, statements));
  const results: pg.QueryResult[] = [];
  for (const { text, values } of statements) results.push(await bound.query(text, [...values]));
  return results;
}

async function onceInOneTrip(db: Database, statements: readonly Statement[]): Promise<pg.QueryResult[]> {
  const client = await db.pool.connect();
  let broken: Error | undefined;
  try {
    return await new Promise((resolve, reject) => {
      client.query(new Trip(statements, (error, results) => (error ? reject(error) : resolve(results))));
    });
  } catch (error) {
    // What Postgres itself refused leaves a connection that is in order, unless it was the connection (57P: shut down).
    if (/^(08|57P)/.test(sqlState(error) ?? "08")) broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

/** What pg's own query does on a connection; its types leave that out. */
interface Sender {
  name?: string;
  text: string;
  submit(connection: pg.Connection): Error | null;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: pg.Connection): void;
  handleError(error: Error, connection: pg.Connection): void;
  handleReadyForQuery(connection: pg.Connection): void;
}

type Prepared = pg.Connection & { submittedNamedStatements: Record<string, string> };
type Done = (error: Error | null, results: pg.QueryResult[]) => void;

/**
 * Queries of pg's own on one connection, of which only the last is followed by the message that asks for an answer; what
 * comes back goes to each in its turn. pg's client sees one query: the one whose turn it is.
 */
class Trip implements pg.Submittable {
  /** As pg's client expects it: it wraps it where a query has a time limit. */
  callback: Done;
  readonly #queries: Sender[];
  readonly #results: pg.QueryResult[] = [];
  #turn = 0;
  #failure: Error | null = null;

  constructor(statements: readonly Statement[], callback: Done) {
    this.callback = callback;
    this.#queries = statements.map(({ name, text, values }, index) => {
      // pg would send what has no values in the way that is a transaction of its own.
      const config = {
        text,
        values: [...values],
        types: typeParsers,
        queryMode: "extended",
        ...(name ? { name } : {}),
      };
      const took = (error: Error | undefined, result: unknown) => {
        if (error) this.#failure ??= error;
        else this.#results[index] = result as pg.QueryResult;
      };
      return new pg.Query(config, took) as unknown as Sender;
    });
  }

  get name(): string | undefined {
    return this.#queries[this.#turn]?.name;
  }

  get text(): string | undefined {
    return this.#queries[this.#turn]?.text;
  }

  submit(connection: pg.Connection): null {
    const unasking = Object.create(connection, { sync: { value: () => undefined } }) as pg.Connection;
    connection.stream.cork();
    try {
      for (const query of this.#queries) {
        const refused = query.submit(unasking);
        if (refused) this.#failure ??= refused;
      }
      (connection as unknown as { sync(): void }).sync();
    } finally {
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription(message: unknown): void {
    this.#queries[this.#turn]?.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    this.#queries[this.#turn]?.handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: pg.Connection): void {
    this.#queries[this.#turn]?.handleCommandComplete(message, connection);
    this.#turn++;
  }

  /** Those after the one that failed were passed over, unprepared. */
  handleError(error: Error, connection: pg.Connection): void {
    const { submittedNamedStatements } = connection as Prepared;
    for (const { name } of this.#queries.slice(this.#turn)) if (name) delete submittedNamedStatements[name];
    this.callback(error, []);
  }

  handleReadyForQuery(connection: pg.Connection): void {
    for (const query of this.#queries) query.handleReadyForQuery(connection);
    this.callback(this.#failure, this.#results);
  }
}
