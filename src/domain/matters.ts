import { Refusal } from "./errors.js";

/** What participants do about their thread: how each of them stands. */

export const disputeStatuses = ["open", "under_review", "resolved", "rejected", "withdrawn"] as const;
export type DisputeStatus = (typeof disputeStatuses)[number];

export const paymentStatuses = ["initiated", "processing", "completed", "failed", "cancelled"] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

export const jobStatuses = [
  "pending",
  "open",
  "accepted",
  "started",
  "in_progress",
  "on_hold",
  "submitted",
  "delivered",
  "revision_requested",
  "completed",
  "cancelled",
] as const;
export type JobStatus = (typeof jobStatuses)[number];

const endOfJob: readonly string[] = ["completed", "cancelled"];

/**
 * A thread's job goes from any status to any other, back too (a revision, a pause), until it is completed or cancelled.
 * Throws `invalid_transition` for a status after that; the last one told again is no change, and allowed.
 */
export function requireJobMove(last: string | null, next: JobStatus): void {
  if (last === null || last === next || !endOfJob.includes(last)) return;
  throw new Refusal("invalid_transition", `The job is ${last}: nothing comes after that.`, { job_status: last });
}
