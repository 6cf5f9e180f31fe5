import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { holdQueuesAlone } from "../db/queries/queues-lock.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { generalQueue } from "../domain/routing.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { requireFreeTopics } from "./require-free-topics.js";

/** What is to change of a queue; what is left out stays. */
export interface QueueChange {
  name: string;
  newName?: string | undefined;
  topics?: readonly string[] | undefined;
}

/** Longest change of a name, ms: every ticket that was ever in the queue is written. */
const renameTimeoutMs = 60_000;

/**
 * Changes a queue. Its new name goes to its agents, its history and all of its tickets in the same transaction: seconds
 * for each hundred thousand, in which nobody takes them. What waits with a topic that it gained or lost is moved by and
 * by (`MisplacedTickets`). `general` keeps its name. For admins. Throws `queue_not_found`, `queue_taken`, `topic_taken`.
 */
export async function updateQueue(ctx: CommandContext, input: QueueChange): Promise<{ name: string }> {
  requirePermission(ctx.actor, "queue.write");
  const { name, newName = name } = input;
  await transact(ctx, async (tx) => {
    const queues = await holdQueuesAlone(tx);
    const queue = queues.find((one) => one.name === name);
    if (!queue) throw new Refusal("queue_not_found", "There is no such queue.");
    const { topics = queue.topics } = input;
    requireFreeTopics(queues, name, topics);
    await tx
      .updateTable("queues")
      .set({ topics: [...topics] })
      .where("name", "=", name)
      .execute();
    if (newName !== name) {
      if (queues.some((one) => one.name === newName)) {
        throw new Refusal("queue_taken", `There is a queue named ${newName}.`, { name: newName });
      }
      await rename(tx, name, newName);
    }
    await recordAudit(tx, ctx, {
      action: "queue.update",
      subject: { kind: "queue", id: name },
      before: { name, topics: queue.topics },
      after: { name: newName, topics },
    });
  });
  return { name: newName };
}

async function rename(tx: Tx, name: string, newName: string): Promise<void> {
  if (name === generalQueue) {
    throw new Refusal("invalid_body", "This queue keeps its name.", {
      errors: [{ path: "body.name", message: `${generalQueue} keeps its name` }],
    });
  }
  await sql`SET LOCAL statement_timeout = ${sql.lit(renameTimeoutMs)}`.execute(tx);
  await sql`/* patient-rename-queue */ UPDATE queues SET name = ${newName} WHERE name = ${name}`.execute(tx);
  // What is kept under the new name is of no queue that there is.
  await tx.deleteFrom("queue_minutes").where("queue", "=", newName).execute();
  await tx.updateTable("queue_minutes").set({ queue: newName }).where("queue", "=", name).execute();
}
