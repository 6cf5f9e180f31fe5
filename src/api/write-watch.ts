import type { Database } from "../db/database.js";
import { sqlState } from "../db/transaction.js";
import { tryWrite } from "../db/try-write.js";

/** Faults that a trial of our own would not meet: the statement waited for something that only it needs. */
const ownFault = new Set(["57014", "55P03", "25P03"]);
/** For so long after such a fault it is told as it was, ms; a message that is stored ends it at once. */
const toldMs = 3000;

/**
 * Remembers that a message could not be stored, so that `/readyz` says so: a full disk or a held lock is not seen by who
 * only reads. It costs nothing as long as all goes well.
 */
export class WriteWatch {
  #failure: { error: unknown; at: number } | null = null;

  /** Told of each flush of the intake: what it met, null for nothing. */
  flushed(error: unknown): void {
    this.#failure = error === null ? null : { error, at: performance.now() };
  }

  /** Resolves when messages are stored, or could be again; else rejects with what Postgres says. */
  async look(db: Pick<Database, "pool">): Promise<void> {
    const failure = this.#failure;
    if (failure === null) return;
    const cause = failure.error instanceof Error ? (failure.error.cause ?? failure.error) : failure.error;
    if (ownFault.has(sqlState(cause) ?? "") && performance.now() - failure.at < toldMs) throw cause;
    await tryWrite(db);
    if (this.#failure === failure) this.#failure = null;
  }
}
