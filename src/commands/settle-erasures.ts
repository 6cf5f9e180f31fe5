import { agentsStream, conversationStream } from "../contract/events.js";
import {
  findUnfinishedErasures,
  isPublished,
  noteFinished,
  readConversationsToErase,
  readErasure,
} from "../db/queries/erase-customer.js";
import { invariant } from "../runtime/invariant.js";
import type { StageContext } from "./context.js";
import { continueErasure } from "./erase-customer.js";

/** Erasures of one sweep: each may work for four seconds. */
const erasuresMax = 3;
/** Who began an erasure goes on with it by itself; after so long without a batch nobody does, ms. */
const idleMs = 5000;

/** What a sweep did for erasures. */
export interface SettledErasures {
  continued: number;
  ended: number;
  failed: { customerId: number; error: unknown }[];
}

/**
 * Goes on with erasures that were interrupted or too large for one run, and ends those that are through: once all that the
 * log had when the last word went is published, no copy is on its way any more, and whoever keeps copies of streams is
 * told to forget them, again and for good. `forget` rejects while the bus is away. What fails is tried again by the next
 * sweep, and does not keep the others. Returns how many were gone on with, and ended, and what failed.
 */
export async function settleErasures(
  ctx: Pick<StageContext, "db" | "wake" | "requestId">,
  forget: (streams: readonly string[]) => Promise<void>,
): Promise<SettledErasures> {
  const settled: SettledErasures = { continued: 0, ended: 0, failed: [] };
  for (const customerId of await findUnfinishedErasures(ctx.db.kysely, idleMs, erasuresMax)) {
    try {
      const did = await settleOne(ctx, customerId, forget);
      if (did) settled[did]++;
    } catch (error) {
      settled.failed.push({ customerId, error });
    }
  }
  return settled;
}

async function settleOne(
  ctx: Pick<StageContext, "db" | "wake" | "requestId">,
  customerId: number,
  forget: (streams: readonly string[]) => Promise<void>,
): Promise<"continued" | "ended" | null> {
  const { kysely } = ctx.db;
  const erasure = await readErasure(kysely, customerId);
  invariant(erasure, "an erasure that was found is there");
  if (erasure.scrubbedSeq === null) {
    const { streams } = await continueErasure(ctx, customerId);
    await forget([agentsStream, ...streams]);
    return "continued";
  }
  if (!(await isPublished(kysely, erasure.scrubbedSeq))) return null;
  const conversations = await readConversationsToErase(kysely, customerId, 0);
  await forget([agentsStream, ...conversations.map(({ id }) => conversationStream(id))]);
  await noteFinished(kysely, customerId);
  return "ended";
}
