import type { PoolClient } from "pg";
import type { Database, Tx } from "./database.js";

/** Deadlock, and failed serialisation: the only faults that a transaction is run again for (DESIGN.md 7). */
const retriedStates = new Set(["40P01", "40001"]);
const tries = 3;

/** The SQLSTATE of an error that Postgres sent, or null. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null;
}

/** Runs `work` in one transaction (READ COMMITTED); three times at most, after a deadlock. In a bound one, in that. */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  if (db.bound) return work(db.kysely as Tx);
  return retried(db, () => db.kysely.transaction().execute(work));
}

/**
 * As `inTransaction`, on a bare connection: for the hot statements, which are named and prepared. Postgres keeps one plan
 * of each, made while the tables may have been almost empty; then it walks them whole, and goes on when they are not,
 * until autovacuum has looked. So they are planned without walks, and without JIT, which the price of "no walk" calls for.
 */
export async function inClientTransaction<T>(db: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  if (db.bound) return work(db.bound);
  return retried(db, () => onceOnClient(db, work));
}

/** Runs a transaction, or one statement that is one; three times at most, after a deadlock. In a bound one, once. */
export async function retried<T>(db: Pick<Database, "bound">, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (db.bound || attempt >= tries || !retriedStates.has(sqlState(error) ?? "")) throw error;
    }
  }
}

async function onceOnClient<T>(db: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await db.pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL jit = off");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Its fault, not the caller's, though the class says otherwise: took too long, takes no writes, is not there, or has not had
 * the migrations of this program (an undefined table, column or function; what is written here names none that is not there).
 */
const unfit = new Set(["25P03", "55P03", "25006", "3D000", "3F000", "42P01", "42703", "42883"]);

/**
 * Whether an error means that the database could not be reached or had to give up, rather than that what was asked of
 * it was wrong: lost connections, no more connections, shutdown, cancelled statements, a full disk.
 */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return /^(08|28|53|57|58)/.test(state) || unfit.has(state);
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (/^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOSTUNREACH|ENOENT)/.test(code)) return true;
  return /terminat|timeout exceeded when trying to connect|timeout expired|read timeout|Connection ended|not queryable|after calling end/i.test(
    error.message,
  );
}
