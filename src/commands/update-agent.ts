import { sql } from "kysely";
import { deskStream } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents, outboxEvent } from "../db/outbox.js";
import { type LockedAgent, lockAnyAgent } from "../db/queries/lock-agent.js";
import { sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { requireQueues } from "./require-queues.js";

/** What is to change of an agent; what is left out stays. */
export interface AgentChange {
  agentId: number;
  name?: string | undefined;
  email?: string | null | undefined;
  capacity?: number | undefined;
  queues?: readonly string[] | undefined;
}

/**
 * Changes an agent, under its lock: whoever is giving it tickets counts against the old capacity or the new one, never
 * both. Lowering a capacity takes nothing away; a larger one, or other queues, asks for the stage `assign`. For admins.
 * Throws `agent_not_found`, `email_taken`, and `invalid_body` for a queue that is none.
 */
export async function updateAgent(ctx: CommandContext, input: AgentChange): Promise<{ agentId: number }> {
  requirePermission(ctx.actor, "agent.write");
  return transact(ctx, async (tx) => {
    const agent = await lockAnyAgent(tx, input.agentId);
    if (!agent) throw new Refusal("agent_not_found", "There is no such agent.");
    const before = await readAudited(tx, input.agentId);
    await changePerson(tx, input);
    const hasOtherQueues = await changeQueues(tx, input);
    if (input.capacity !== undefined && input.capacity !== agent.capacity) await changeCapacity(tx, input);
    const reason = roomReason(agent, input, hasOtherQueues);
    if (reason) {
      const payload = { agent_id: agent.id, reason };
      const job = { stage: "assign" as const, subjectId: agent.id };
      await appendEvents(tx, [outboxEvent({ stream: deskStream, type: "room_freed", payload, job })], ctx.requestId);
    }
    const after = await readAudited(tx, input.agentId);
    await recordAudit(tx, ctx, { action: "agent.update", subject: { kind: "agent", id: agent.id }, before, after });
    return { agentId: agent.id };
  });
}

/** An agent as the audit log shows it. */
async function readAudited(tx: Tx, agentId: number): Promise<Record<string, unknown>> {
  const { rows } = await sql<Record<string, unknown>>`
    SELECT u.name, u.email, a.capacity,
           ARRAY(SELECT queue FROM agent_queues q WHERE q.agent_id = a.id ORDER BY queue) AS queues
    FROM agents a JOIN users u ON u.id = a.id WHERE a.id = ${agentId}`.execute(tx);
  return rows[0] ?? {};
}

function roomReason(agent: LockedAgent, input: AgentChange, hasOtherQueues: boolean): string | null {
  if ((input.capacity ?? agent.capacity) > agent.capacity) return "capacity";
  return hasOtherQueues ? "queues" : null;
}

async function changePerson(tx: Tx, input: AgentChange): Promise<void> {
  if (input.name === undefined && input.email === undefined) return;
  try {
    await tx
      .updateTable("users")
      .set({
        updated_at: sql<Date>`now()`,
        ...(input.name !== undefined ? { name: input.name } : {}),
        ...(input.email !== undefined ? { email: input.email } : {}),
      })
      .where("id", "=", input.agentId)
      .execute();
  } catch (error) {
    if (sqlState(error) !== "23505") throw error;
    throw new Refusal("email_taken", "Another user has this e-mail address.");
  }
}

async function changeCapacity(tx: Tx, { agentId, capacity = 0 }: AgentChange): Promise<void> {
  await tx.updateTable("agents").set({ capacity, updated_at: sql<Date>`now()` }).where("id", "=", agentId).execute();
}

/** Puts the list in place of the one that is there. Whether it is another. */
async function changeQueues(tx: Tx, { agentId, queues: named }: AgentChange): Promise<boolean> {
  if (named === undefined) return false;
  const queues = await requireQueues(tx, named);
  const rows = await tx.selectFrom("agent_queues").select("queue").where("agent_id", "=", agentId).execute();
  const before = new Set(rows.map((row) => row.queue));
  if (before.size === queues.length && queues.every((queue) => before.has(queue))) return false;
  await tx.deleteFrom("agent_queues").where("agent_id", "=", agentId).execute();
  if (queues.length > 0) {
    await tx
      .insertInto("agent_queues")
      .values(queues.map((queue) => ({ agent_id: agentId, queue })))
      .execute();
  }
  return true;
}
