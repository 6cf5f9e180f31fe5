import { type AgentToFill, lockToFill, takeForAgent } from "../db/queries/fill-agent.js";
import { anyWaiting } from "../db/queries/read-waiting.js";
import { inClientTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { pause } from "../runtime/deadline.js";
import type { CommandContext } from "./context.js";
import type { FillGate } from "./fill-gate.js";

/** What a fill needs of its process: the gate is one for all fills of it. */
export interface FillContext extends Pick<CommandContext, "db" | "wake" | "requestId"> {
  gate: FillGate;
}

export interface FillInput {
  agentId: number;
  /** `pull`: the agent asked. `push`: the desk gives, only to an agent that is online. */
  reason: "pull" | "push";
  /** Take no more than that; default: up to the capacity. */
  max?: number;
  /** What is kept of the choice of this agent; the rule that chose each ticket is added to it. */
  decision?: Record<string, unknown>;
}

/** What a fill came to. `taken` is in the order of the queue. */
export interface FillOutcome {
  agent: Pick<AgentToFill, "id" | "name" | "capacity" | "queues">;
  /** Tickets that counted against the capacity before. */
  held: number;
  taken: number[];
}

/** Looks again after a short fill, and how long between them: three within 100 ms (DESIGN.md 7). */
const looksAgain = 3;
const lookAgainMs = 25;

/**
 * Tops an agent up to its capacity: the one way in which tickets are given out in batches, behind pull and push alike.
 * The agent's row is locked and what it holds counted under that lock, so that it never holds more than its capacity,
 * whatever runs beside it (I2); waiting tickets are taken FOR UPDATE SKIP LOCKED, so that none has two owners (I1). A fill
 * that comes back short while tickets wait looks again. Throws `agent_not_found`, `overloaded`.
 */
export async function fillAgent(ctx: FillContext, input: FillInput): Promise<FillOutcome> {
  const first = await ctx.gate.run(() => fillOnce(ctx, input, input.max));
  let wanted = wantedOf(first, input.max) - first.taken.length;
  for (let look = 0; look < looksAgain && wanted > 0 && first.online; look++) {
    if (!(await anyWaiting(ctx.db.kysely, first.agent.queues))) break;
    await pause(lookAgainMs);
    const again = await ctx.gate.run(() => fillOnce(ctx, input, wanted));
    first.taken.push(...again.taken);
    wanted = Math.min(wanted - again.taken.length, wantedOf(again, wanted) - again.taken.length);
  }
  const { online: _, ...outcome } = first;
  return outcome;
}

function wantedOf({ agent, held }: FillOutcome, max: number | undefined): number {
  return Math.min(Math.max(0, agent.capacity - held), max ?? Number.POSITIVE_INFINITY);
}

async function fillOnce(
  ctx: FillContext,
  { agentId, reason, decision = {} }: FillInput,
  max: number | undefined,
): Promise<FillOutcome & { online: boolean }> {
  const filled = await inClientTransaction(ctx.db, async (client) => {
    const agent = await lockToFill(client, agentId);
    if (!agent) throw new Refusal("agent_not_found", "There is no such agent.");
    const online = reason === "pull" || agent.online;
    if (!online) return { agent, online, held: 0, taken: [] };
    const options = { max: max ?? agent.capacity, reason, requestId: ctx.requestId, decision: { reason, ...decision } };
    return { agent, online, ...(await takeForAgent(client, agent, options)) };
  });
  if (filled.taken.length > 0) ctx.wake();
  return filled;
}
