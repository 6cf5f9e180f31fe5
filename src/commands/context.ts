import type { Database, Tx } from "../db/database.js";
import { inTransaction } from "../db/transaction.js";
import type { Actor } from "../domain/policy.js";
import type { Sight } from "../domain/visibility.js";

/** The limits that commands decide by; a subset of the settings. */
export interface CommandLimits {
  AGEING_HORIZON_HOURS: number;
  REOPEN_WITHIN_HOURS: number;
  TICKET_CAPACITY: number;
}

/** What every command is given besides its input. */
export interface CommandContext {
  db: Database;
  actor: Actor;
  /** Follows what the request caused: event, job, log line. */
  requestId: string | null;
  limits: CommandLimits;
  /** What the actor sees of the tickets (AGENT_VISIBILITY); left out: all of them. */
  sight?: Sight;
  /** A hint to the sequencer that there is news; coalesced, may be lost, never waits. */
  wake: () => void;
}

/** One transaction of a command, and the hint after its commit. */
export async function transact<T>(ctx: Pick<CommandContext, "db" | "wake">, work: (tx: Tx) => Promise<T>): Promise<T> {
  const result = await inTransaction(ctx.db, work);
  ctx.wake();
  return result;
}

/** What a stage's command is given: nobody asked for it, a job did. */
export interface StageContext extends Pick<CommandContext, "db" | "limits" | "wake" | "requestId"> {
  /** The request behind each subject of a batch, where it is known; else `requestId` stands for all. */
  requestOf?: (subjectId: number) => string | null;
}
