import { isUnavailable } from "../src/db/transaction.js";
import { Refusal } from "../src/domain/errors.js";
import { InvariantError } from "../src/runtime/invariant.js";
import { isDatabaseAway } from "./database-gate.js";

/**
 * What an error says of the job that met it. `away`: the database is away, nobody's fault. `stale`: what the job is
 * about is gone or settled. `permanent`: no further try can help. `busy`: a timeout or a lock, likely gone soon.
 * `fault`: anything else, bad data or a bug; trying again may help, and costs only this job.
 */
export type JobFault = "away" | "stale" | "permanent" | "busy" | "fault";

const staleCodes = new Set([
  "not_found",
  "message_not_found",
  "agent_not_found",
  "ticket_not_found",
  "customer_not_found",
  "already_claimed",
  "already_closed",
  "stale_version",
]);

/** Sorts an error by its class (STYLE.md 5: a job's fate is its error's class). */
export function faultOf(error: unknown): JobFault {
  if (isDatabaseAway(error)) return "away";
  if (error instanceof Refusal) return staleCodes.has(error.code) ? "stale" : "permanent";
  if (error instanceof InvariantError) return "permanent";
  return isUnavailable(error) ? "busy" : "fault";
}
