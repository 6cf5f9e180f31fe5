import { holdQueuesAlone } from "../db/queries/queues-lock.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { requireFreeTopics } from "./require-free-topics.js";

/**
 * Adds a queue; what waits with one of its topics is moved into it by and by (`MisplacedTickets`). For admins. Throws `queue_taken`,
 * and `topic_taken` with the queue that has it.
 */
export async function createQueue(
  ctx: CommandContext,
  input: { name: string; topics: readonly string[] },
): Promise<{ name: string }> {
  requirePermission(ctx.actor, "queue.write");
  const { name, topics } = input;
  await transact(ctx, async (tx) => {
    const queues = await holdQueuesAlone(tx);
    if (queues.some((queue) => queue.name === name)) {
      throw new Refusal("queue_taken", `There is a queue named ${name}.`, { name });
    }
    requireFreeTopics(queues, name, topics);
    await tx
      .insertInto("queues")
      .values({ name, topics: [...topics] })
      .execute();
    await recordAudit(tx, ctx, { action: "queue.create", subject: { kind: "queue", id: name }, after: { topics } });
  });
  return { name };
}
