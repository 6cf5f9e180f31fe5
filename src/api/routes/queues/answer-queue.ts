import type { QueueView } from "../../../contract/http/queues.js";
import type { Database } from "../../../db/database.js";
import { readQueue } from "../../../db/queries/read-queues.js";
import { Refusal } from "../../../domain/errors.js";

/** The answer that shows a queue as it now stands; 404 when there is none. */
export async function answerQueue(
  db: Database,
  name: string,
  status = 200,
): Promise<{ status: number; body: QueueView }> {
  const row = await readQueue(db.kysely, name);
  if (!row) throw new Refusal("queue_not_found", "There is no such queue.");
  return { status, body: row };
}
