import type { Database } from "../db/database.js";
import { readStanding, type Standing } from "../db/queries/read-standing.js";

/** Reads a user's rights as they are now, by primary key; null when there is none. */
export function userReader(db: Database): (id: number) => Promise<Standing | null> {
  return (id) => readStanding(db.kysely, id);
}
