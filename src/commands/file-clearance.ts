import { deleteUnused, forgetLeftovers, readLeftovers, withoutRow } from "../db/queries/attachments.js";
import type { FileStore } from "../runtime/file-store.js";
import type { StageContext } from "./context.js";

/** What of it was done. */
export interface ClearedFiles {
  /** Rows of uploads that no message used. */
  unused: number;
  /** Files whose rows are gone. */
  removed: number;
  /** Files that never had a row. */
  strays: number;
}

/** An upload that no message uses for so long is deleted (CONTRACT.md 3). */
const unusedHours = 24;
const rowsMax = 1000;
const filesMax = 1000;
const keysOfLook = 500;
const dayMs = 24 * 3_600_000;
/** No upload takes that long from its first byte to its row. */
const strayFromMs = 3_600_000;
/** Strays are found within a day of their making. What is older was left by other means, and is not for a job to judge. */
const strayToMs = 7 * dayMs;

/**
 * Removes files that nobody can have: each time those whose rows are gone, and once a day the rows of unused uploads and
 * the files that a process left which died between file and row. A row goes first and its file after it, so that no row
 * is ever without its file; an attach at the same moment has the row, or finds none.
 */
export class FileClearance {
  readonly #db: StageContext["db"];
  readonly #files: FileStore;
  readonly #clock: () => number;
  #dailyAt = Number.NEGATIVE_INFINITY;

  constructor({ db }: Pick<StageContext, "db">, files: FileStore, clock = () => performance.now()) {
    this.#db = db;
    this.#files = files;
    this.#clock = clock;
  }

  /** One run. Throws FilesUnavailable; what was done stays done, and the next run goes on. */
  async run(): Promise<ClearedFiles> {
    const db = this.#db.kysely;
    const isDaily = this.#clock() - this.#dailyAt >= dayMs;
    const unused = isDaily ? await deleteUnused(db, unusedHours, rowsMax) : 0;
    const leftovers = await readLeftovers(db, filesMax);
    for (const key of leftovers) await this.#files.remove(key);
    await forgetLeftovers(db, leftovers);
    const strays = isDaily ? await this.#removeStrays() : 0;
    // More of them than one run takes: the next run goes on.
    if (isDaily && unused < rowsMax) this.#dailyAt = this.#clock();
    return { unused, removed: leftovers.length, strays };
  }

  async #removeStrays(): Promise<number> {
    let strays = await this.#files.removeUnfinished(strayFromMs);
    let keys: string[] = [];
    const look = async () => {
      const gone = await withoutRow(this.#db.kysely, keys);
      for (const key of gone) await this.#files.remove(key);
      strays += gone.length;
      keys = [];
    };
    for await (const key of this.#files.keysOfAge({ fromMs: strayFromMs, toMs: strayToMs })) {
      keys.push(key);
      if (keys.length >= keysOfLook) await look();
    }
    if (keys.length > 0) await look();
    return strays;
  }
}
