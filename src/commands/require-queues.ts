import type { Tx } from "../db/database.js";
import { Refusal } from "../domain/errors.js";

/**
 * Holds queues that an agent is to list, in order of their names: none can be renamed before the transaction ends.
 * Returns them, each once. Throws `invalid_body` with the place of each name that is no queue.
 */
export async function requireQueues(tx: Tx, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await tx
    .selectFrom("queues")
    .select("name")
    .where("name", "in", [...names])
    .orderBy("name")
    .forKeyShare()
    .execute();
  const known = new Set(rows.map((row) => row.name));
  const errors = names.flatMap((name, index) =>
    known.has(name) ? [] : [{ path: `body.queues.${index}`, message: "is no queue" }],
  );
  if (errors.length > 0) throw new Refusal("invalid_body", "The body is not valid.", { errors });
  return [...known];
}
