import type { Database } from "../db/database.js";
import { readStandings, type Standing } from "../db/queries/read-standing.js";
import { GatheredReads } from "./gathered-reads.js";

/** Reads a user's rights as they are now; null when there is none. Those who ask at a time share a read. */
export function userReader(db: Database): (id: number) => Promise<Standing | null> {
  const reads = new GatheredReads(async (ids: number[]) => {
    const standings = await readStandings(db.kysely, ids);
    return new Map(standings.map((standing) => [standing.id, standing]));
  });
  return async (id) => (await reads.get(id)) ?? null;
}
