import type { Executor } from "../database.js";

export interface CannedRow {
  id: number;
  title: string;
  text: string;
  shortcut: string | null;
  uses: number;
}

const columns = ["id", "title", "text", "shortcut", "uses"] as const;

/** Canned replies by id, after `afterId`. */
export async function listCanned(
  db: Executor,
  options: { afterId: number | undefined; limit: number },
): Promise<CannedRow[]> {
  let query = db.selectFrom("canned_replies").select(columns).orderBy("id").limit(options.limit);
  if (options.afterId !== undefined) query = query.where("id", ">", options.afterId);
  return query.execute();
}

/** One canned reply by its id, or null. */
export async function readCanned(db: Executor, id: number): Promise<CannedRow | null> {
  const row = await db.selectFrom("canned_replies").select(columns).where("id", "=", id).executeTakeFirst();
  return row ?? null;
}
