import { Refusal } from "./errors.js";

/** What participants do about their thread: how each of them stands, and what may come after what. */

export const disputeStatuses = ["open", "under_review", "resolved", "rejected", "withdrawn"] as const;
export type DisputeStatus = (typeof disputeStatuses)[number];

export const paymentStatuses = ["initiated", "processing", "completed", "failed", "cancelled", "refunded"] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/** What has a state of its own, and its states. */
export interface MatterStatus {
  dispute: DisputeStatus;
  payment: PaymentStatus;
}
export type MatterKind = keyof MatterStatus;

/** From each state to those that may come next; what leads nowhere is an end. */
const moves: { readonly [K in MatterKind]: Readonly<Record<MatterStatus[K], readonly MatterStatus[K][]>> } = {
  dispute: {
    open: ["under_review", "resolved", "rejected", "withdrawn"],
    under_review: ["resolved", "rejected", "withdrawn"],
    resolved: [],
    rejected: [],
    withdrawn: [],
  },
  payment: {
    initiated: ["processing", "completed", "failed", "cancelled"],
    processing: ["completed", "failed"],
    completed: ["refunded"],
    failed: [],
    cancelled: [],
    refunded: [],
  },
};

/** The one move that who began a matter makes itself; all others are for who decides (policy `matter.decide`). */
const ownMoves: { readonly [K in MatterKind]: MatterStatus[K] } = { dispute: "withdrawn", payment: "cancelled" };

/** The states from which a matter may come to `to`, in one step. */
export function statesBefore<K extends MatterKind>(kind: K, to: MatterStatus[K]): MatterStatus[K][] {
  const from = moves[kind];
  return (Object.keys(from) as MatterStatus[K][]).filter((status) => from[status].includes(to));
}

/** Whether a matter may go from `from` to `to`. Staying is no move. */
export function mayMove<K extends MatterKind>(kind: K, from: MatterStatus[K], to: MatterStatus[K]): boolean {
  return moves[kind][from].includes(to);
}

/**
 * Who began a matter withdraws its dispute or cancels its payment; whatever else becomes of it is decided by who has that
 * right, and is no party by it. Throws `forbidden`.
 */
export function requireMover<K extends MatterKind>(
  kind: K,
  to: MatterStatus[K],
  mover: { began: boolean; decides: boolean },
): void {
  if (mover.decides || (mover.began && to === ownMoves[kind])) return;
  const own = `Who began a ${kind} may have it ${ownMoves[kind]}`;
  throw new Refusal("forbidden", `${own}; all else is for admins to decide.`);
}

/** A move that the state at hand does not allow: 409, with how it stands. */
export function moveRefusal<K extends MatterKind>(kind: K, from: MatterStatus[K], to: MatterStatus[K]): Refusal {
  const isEnd = moves[kind][from].length === 0;
  const why = isEnd ? "nothing comes after that" : `${words(to)} does not come after that`;
  return new Refusal("invalid_transition", `The ${kind} is ${words(from)}: ${why}.`, { [`${kind}_status`]: from });
}

/** A state as people read it. */
export function words(status: string): string {
  return status.replaceAll("_", " ");
}

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
