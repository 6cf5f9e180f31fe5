import type { Database } from "../db/database.js";
import { forgetOldAnswers as forget } from "../db/queries/idempotency.js";

/** Answers that one run forgets at most. */
const batch = 5000;

/** Forgets the answers that were kept for repeated calls and ran out; how many went. Safe to run anywhere, any time. */
export async function forgetOldAnswers(ctx: { db: Database }): Promise<number> {
  return forget(ctx.db.pool, batch);
}
