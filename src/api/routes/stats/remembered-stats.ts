import type { Database } from "../../../db/database.js";
import { readClosedLastHour } from "../../../db/queries/read-agent-stats.js";
import { type QueueStats, readQueueStats } from "../../../db/queries/read-queue-stats.js";
import { remembered } from "../../../runtime/remembered.js";

/** How old a figure may be, ms: many consoles may look at once, and each asks again and again. */
const ttlMs = 2000;

interface RememberedStats {
  queues: () => Promise<QueueStats>;
  closedLastHour: () => Promise<Map<number, number>>;
}

const byDatabase = new WeakMap<Database, RememberedStats>();

/** The figures that cost more than a look: read once in two seconds for all of a process's callers. */
export function rememberedStats(db: Database): RememberedStats {
  const known = byDatabase.get(db);
  if (known) return known;
  const made = {
    queues: remembered(ttlMs, () => readQueueStats(db.kysely)),
    closedLastHour: remembered(ttlMs, () => readClosedLastHour(db.kysely)),
  };
  byDatabase.set(db, made);
  return made;
}
