import { type Filled, fillFromQueue, fillManyFromQueue } from "../db/queries/fill-agent.js";
import { anyWaiting } from "../db/queries/read-waiting.js";
import { inClientTransaction, retried } from "../db/transaction.js";
import { actsForAnother } from "../domain/audit.js";
import { Refusal } from "../domain/errors.js";
import { capacityMax } from "../domain/ticket.js";
import { pause } from "../runtime/deadline.js";
import { type AuditContext, recordAuditOn } from "./audit.js";
import type { CommandContext } from "./context.js";
import type { Gate } from "./gate.js";

/** What a fill needs of its process: the gate is one for all fills of it. */
export interface FillContext extends Pick<CommandContext, "db" | "wake" | "requestId"> {
  gate: Gate;
  /** Who pulls; nobody does where the desk pushes. */
  actor?: AuditContext["actor"];
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

/** What a fill came to: the agent, what it held before, and what it was given, in the order of the queue. */
export type FillOutcome = Filled & { agentId: number };

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
  const { max = capacityMax } = input;
  const first = await fillOnce(ctx, input, max);
  let wanted = missing(first, max);
  for (let look = 0; look < looksAgain && wanted > 0; look++) {
    if (!(await anyWaiting(ctx.db.kysely, first.queues))) break;
    await pause(lookAgainMs);
    const again = await fillOnce(ctx, input, wanted);
    // What it was given and lost meanwhile may come to it again: it is one ticket.
    first.taken.push(...again.taken.filter((id) => !first.taken.includes(id)));
    wanted = missing(again, wanted);
  }
  return { ...first, agentId: input.agentId };
}

/** How many the fill could have taken and did not; none for a push to an agent that is not online. */
export function missing({ capacity, held, taken, online }: Filled, max: number): number {
  return online ? Math.min(Math.max(0, capacity - held), max) - taken.length : 0;
}

async function fillOnce(ctx: FillContext, input: FillInput, max: number): Promise<Filled> {
  const { agentId, reason, decision = {} } = input;
  const fill = { agentId, max, reason, requestId: ctx.requestId, decision: { reason, ...decision } };
  const { actor } = ctx;
  const once =
    actor && actsForAnother(actor, agentId)
      ? () => fillForAnother({ ...ctx, actor }, fill)
      : () => retried(ctx.db, () => fillFromQueue(ctx.db, fill));
  const filled = await ctx.gate.run(once);
  if (!filled) throw new Refusal("agent_not_found", "There is no such agent.");
  if (filled.taken.length > 0) ctx.wake();
  return reason === "pull" ? { ...filled, online: true } : filled;
}

/** A pull by an admin in the name of an agent: kept with what it gave. */
function fillForAnother(
  ctx: FillContext & AuditContext,
  fill: Parameters<typeof fillFromQueue>[1],
): Promise<Filled | null> {
  return inClientTransaction(ctx.db, async (client) => {
    const filled = await fillFromQueue({ pool: client }, fill);
    if (filled && filled.taken.length > 0) {
      const subject = { kind: "agent", id: fill.agentId } as const;
      await recordAuditOn(client, ctx, { action: "ticket.pull", subject, after: { message_ids: filled.taken } });
    }
    return filled;
  });
}

/** One agent's part of a push. */
export interface PushFill {
  agentId: number;
  max: number;
  /** What is kept of the choice of this agent. */
  decision: Record<string, unknown>;
}

/**
 * Fills several agents by push in one transaction, as `fillAgent` fills one, in the order given; who is gone or no longer
 * online gets nothing. A push gives many agents a ticket or two each: a commit for each of them was most of its cost.
 * Returns what each was given. Throws `overloaded`.
 */
export async function pushToAgents(
  ctx: FillContext,
  fills: readonly PushFill[],
): Promise<{ agentId: number; taken: number[] }[]> {
  const common = { reason: "push", requestId: ctx.requestId };
  const withReason = fills.map((fill) => ({ ...fill, decision: { reason: "push", ...fill.decision } }));
  const given = await ctx.gate.run(() => retried(ctx.db, () => fillManyFromQueue(ctx.db, withReason, common)));
  if (given.some(({ taken }) => taken.length > 0)) ctx.wake();
  return given;
}
