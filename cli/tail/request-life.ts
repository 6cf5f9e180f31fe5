import type { SequencedEvent, Stage } from "../../src/contract/events.js";
import type { Executor } from "../../src/db/database.js";
import { readRequestTraces } from "../../src/db/queries/read-request.js";
import { type JobView, jobStates, type QueueJobs } from "../../src/queue/jobs.js";
import { sentenceOf } from "../explain-error.js";

/** One step of a request's life. Times are those of who did it: the database, the queue's store, or a process's log. */
export interface Step {
  /** The same step has the same key whenever it is looked for. */
  key: string;
  at: Date;
  kind: "http" | "act" | "event" | "owner" | "job" | "delivery" | "waiting";
  /** In a few words. */
  what: string;
  /** How long it took, where it is known. */
  tookMs?: number;
  facts: Record<string, unknown>;
}

/** Jobs of a state that are looked through for those of the request. */
const jobsLooked = 1000;

/** What jobs and deliveries of a request are to be looked for: what its events cause. */
export interface Caused {
  stage: Stage;
  subjectId: number;
}

/** An event as a step; `deliver` of it, `score` of it and the like are its job. */
export function eventStep(event: SequencedEvent): Step {
  const { seq, stream, pos, type, stage, subject_id: subject, payload } = event;
  const about = ["message_id", "status", "reason", "assigned_to", "agent_id"]
    .filter((name) => payload[name] !== undefined && payload[name] !== null)
    .map((name) => `${name}=${String(payload[name])}`);
  const job = stage === null ? [] : [`-> ${stage} ${subject}`];
  return {
    key: `event ${seq}`,
    at: new Date(event.created_at),
    kind: "event",
    what: [`${stream}#${pos}`, type, ...about, ...job].join(" "),
    facts: { ...event },
  };
}

/** Jobs that these events cause. */
export function causedBy(events: readonly SequencedEvent[]): Caused[] {
  return events.flatMap(({ stage, subject_id: subjectId }) =>
    stage === null || subjectId === null ? [] : [{ stage, subjectId }],
  );
}

/** What the tables keep of a request besides its events: acts, owners, deliveries, and what still waits in the outbox. */
export async function tracesOf(db: Executor, requestId: string, events: readonly SequencedEvent[]): Promise<Step[]> {
  const ticketIds = events.flatMap(({ payload }) => [payload.message_id, ...listOf(payload.message_ids)]).filter(isId);
  const caused = causedBy(events);
  const deliveryIds = caused.filter(({ stage }) => stage === "deliver").map(({ subjectId }) => subjectId);
  const found = { ticketIds: [...new Set(ticketIds)], deliveryIds };
  const { acts, assignments, deliveries, waiting } = await readRequestTraces(db, requestId, found);
  return [
    ...acts.map(
      (act): Step => ({
        key: `act ${act.id}`,
        at: act.at,
        kind: "act",
        what: `${act.actor}: ${act.action} ${act.subjectKind} ${act.subjectId ?? ""}`.trim(),
        facts: { ...act },
      }),
    ),
    ...assignments.map(
      (change): Step => ({
        key: `owner ${change.id}`,
        at: change.at,
        kind: "owner",
        what: `ticket ${change.ticketId} ${change.why}: ${nameOf(change.from)} -> ${nameOf(change.to)}, version ${change.version}`,
        facts: { ...change },
      }),
    ),
    ...deliveries.flatMap((delivery): Step[] => {
      const name = `delivery ${delivery.id} by ${delivery.channel}`;
      const facts = { ...delivery };
      const begun: Step = { key: `delivery ${delivery.id}`, at: delivery.at, kind: "delivery", what: name, facts };
      if (delivery.status === "pending") {
        const why = delivery.lastError ? `: ${delivery.lastError}` : "";
        return [{ ...begun, what: `${name} waits, ${delivery.attempts} tries so far${why}` }];
      }
      const end = delivery.sentAt ?? delivery.nextAttemptAt;
      const what = `${name} ${delivery.status} after ${delivery.attempts} tries`;
      const tookMs = end.getTime() - delivery.at.getTime();
      return [begun, { key: `delivery ${delivery.id} ends`, at: end, kind: "delivery", what, tookMs, facts }];
    }),
    ...waiting.map((row): Step => {
      const job = row.stage === null ? "" : ` -> ${row.stage} ${row.subjectId}`;
      const what = `${row.stream} ${row.type}${job} waits for its place in the log`;
      return { key: `waiting ${row.id}`, at: row.at, kind: "waiting", what, facts: { ...row } };
    }),
  ];
}

/**
 * Jobs that the request's events caused, as the queue knows them now. A job that is no longer kept is no step; a store
 * that is away is said by `onAway`, and the rest is told.
 */
export async function jobsOf(
  jobs: Pick<QueueJobs, "list">,
  requestId: string,
  caused: readonly Caused[],
  onAway: (sentence: string) => void,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const stage of new Set(caused.map((one) => one.stage))) {
    const subjects = new Set(caused.filter((one) => one.stage === stage).map(({ subjectId }) => subjectId));
    try {
      const lists = await Promise.all(jobStates.map((state) => jobs.list(stage, state, 0, jobsLooked)));
      for (const job of lists.flat()) {
        const isOurs = job.subjectIds.some((id, index) => subjects.has(id) && job.requestIds[index] === requestId);
        if (isOurs) steps.push(...jobSteps(job));
      }
    } catch (error) {
      onAway(`the queue cannot be asked: ${sentenceOf(error)}`);
      return steps;
    }
  }
  return steps;
}

function jobSteps(job: JobView): Step[] {
  const name = `${job.stage} job ${job.id}`;
  const { stage, id, state, subjectIds, attempts, attemptsMax, stalled, workedBy, reason } = job;
  const facts = {
    stage,
    id,
    state,
    subject_ids: subjectIds,
    attempts,
    attempts_max: attemptsMax,
    stalled,
    worked_by: workedBy,
    reason,
  };
  const many = subjectIds.length > 1 ? ` (a batch of ${subjectIds.length})` : "";
  const added: Step = {
    key: `job ${stage} ${id}`,
    at: job.addedAt,
    kind: "job",
    what: `${name} enqueued${many}`,
    facts,
  };
  const tries = `${attempts} of ${attemptsMax} tries`;
  if (state === "waiting") return [{ ...added, what: `${name} enqueued${many}, waits` }];
  if (state === "delayed") return [{ ...added, what: `${name} waits for another try, ${tries} made: ${reason ?? ""}` }];
  const begun: Step[] = job.begunAt
    ? [
        {
          key: `job ${stage} ${id} begins ${attempts}`,
          at: job.begunAt,
          kind: "job",
          what: `${name} begun by ${workedBy ?? "a worker"}`,
          tookMs: job.begunAt.getTime() - job.addedAt.getTime(),
          facts,
        },
      ]
    : [];
  if (job.endedAt === null) return [added, ...begun];
  const end: Step = {
    key: `job ${stage} ${id} ends ${attempts}`,
    at: job.endedAt,
    kind: "job",
    what: state === "dead" ? `${name} is dead after ${tries}: ${reason ?? ""}` : `${name} done`,
    ...(job.begunAt ? { tookMs: job.endedAt.getTime() - job.begunAt.getTime() } : {}),
    facts,
  };
  return [added, ...begun, end];
}

/** Whether a step tells of something that is not at its end. */
export function isOpen(step: Step): boolean {
  const { state, status } = step.facts as { state?: string; status?: string };
  if (step.kind === "job") return state === "waiting" || state === "active" || state === "delayed";
  return step.kind === "waiting" || (step.kind === "delivery" && status === "pending");
}

const isId = (value: unknown): value is number => typeof value === "number";
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const nameOf = (agent: number | null) => (agent === null ? "nobody" : `agent ${agent}`);
