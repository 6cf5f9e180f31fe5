import { type Stage, stages } from "../../src/contract/events.js";
import { type JobState, type JobView, jobStates } from "../../src/queue/jobs.js";
import { confirm } from "../confirm.js";
import { withDesk } from "../desk.js";
import { Failure } from "../failure.js";
import { recordOperatorsAct } from "../operator.js";
import { say, sayJson } from "../output.js";
import type { QueueTools } from "./with-queue.js";

export interface ActOptions {
  stage?: Stage;
  json?: true;
}

type Act = "retry" | "promote" | "drain" | "pause" | "resume";

/** Keeps an act on a stage's jobs before it is done: the jobs are in another store than the audit log. */
export async function recordStageAct(act: Act, stage: Stage, after: Record<string, unknown> = {}): Promise<void> {
  await withDesk(({ db }) =>
    recordOperatorsAct(db, { action: `stage.${act}`, subject: { kind: "stage", id: stage }, after }),
  );
}

/** The stage of that name, if it is one. */
export function stageNamed(name: string): Stage | undefined {
  return stages.find((stage) => stage === name);
}

/** The one job of that id and state. Each stage counts its own jobs, so that an id may be in several. */
export async function findOne(
  { jobs }: Pick<QueueTools, "jobs">,
  id: string,
  stage: Stage | undefined,
  state: JobState,
): Promise<JobView> {
  const found = await jobs.find(id, stage ? [stage] : stages);
  const fitting = found.filter((job) => job.state === state);
  const [one] = fitting;
  if (one && fitting.length === 1) return one;
  if (fitting.length > 1) {
    throw new Failure(`${fitting.map((job) => job.stage).join(" and ")} each have a ${state} job ${id}: add --stage`);
  }
  if (found.length === 0) throw new Failure(`there is no job ${id}${stage ? ` in ${stage}` : ""} (any more)`);
  throw new Failure(
    `job ${id} is not ${state}: ${found.map((job) => `in ${job.stage} it is ${job.state}`).join(", ")}`,
  );
}

async function onTarget(
  tools: QueueTools,
  target: string,
  options: ActOptions,
  act: {
    name: Act;
    from: JobState;
    done: string;
    all: (stage: Stage) => Promise<void>;
    one: (job: JobView) => Promise<void>;
  },
): Promise<void> {
  const stage = stageNamed(target);
  let count = 1;
  let where: Stage;
  if (stage) {
    const counts = await tools.admin.countsOf(stage);
    count = act.from === "dead" ? counts.dead : counts.delayed;
    if (count > 0) {
      await recordStageAct(act.name, stage, { jobs: count });
      await act.all(stage);
    }
    where = stage;
  } else {
    const job = await findOne(tools, target, options.stage, act.from);
    await recordStageAct(act.name, job.stage, { job: job.id });
    await act.one(job);
    where = job.stage;
  }
  if (options.json) sayJson({ stage: where, [act.done]: count });
  else say(count === 0 ? `${where}: no job is ${act.from}` : `${where}: ${count} ${act.done}`);
}

/** Gives dead jobs their tries again. */
export function retryJobs(tools: QueueTools, target: string, options: ActOptions): Promise<void> {
  const { admin, jobs } = tools;
  return onTarget(tools, target, options, {
    name: "retry",
    from: "dead",
    done: "retried",
    all: (stage) => admin.retryDead(stage),
    one: (job) => jobs.retry(job.stage, job.id),
  });
}

/** Lets delayed jobs begin now. */
export function promoteJobs(tools: QueueTools, target: string, options: ActOptions): Promise<void> {
  const { jobs } = tools;
  return onTarget(tools, target, options, {
    name: "promote",
    from: "delayed",
    done: "promoted",
    all: (stage) => jobs.promoteAll(stage),
    one: (job) => jobs.promote(job.stage, job.id),
  });
}

/** Removes what waits in a stage. */
export async function drainStage(
  tools: QueueTools,
  stage: Stage,
  options: { delayed?: true; yes?: true; json?: true },
): Promise<void> {
  const counts = await tools.admin.countsOf(stage);
  const removed = counts.waiting + (options.delayed ? counts.delayed : 0);
  if (removed > 0) await confirm(`This removes what waits in ${stage} (jobs: ${removed}).`, options.yes);
  await recordStageAct("drain", stage, { jobs: removed, delayed: options.delayed ?? false });
  await tools.jobs.drain(stage, options.delayed ?? false);
  if (options.json) return sayJson({ stage, removed });
  say(`${stage}: ${removed} removed; what is undone is found in the tables and enqueued again by the sweep`);
}

/** Dead letters of one stage or of all, from `offset` on; `next` is where the following page begins, or null. */
export async function readDead(
  { admin, jobs }: Pick<QueueTools, "admin" | "jobs">,
  within: readonly Stage[],
  offset: number,
  limit: number,
): Promise<{ found: JobView[]; total: number; next: number | null }> {
  const found: JobView[] = [];
  let total = 0;
  for (const stage of within) {
    const { dead } = await admin.countsOf(stage);
    const from = Math.max(0, offset - total);
    total += dead;
    if (from < dead) found.push(...(await jobs.list(stage, "dead", from, limit - found.length)));
  }
  const end = offset + found.length;
  return { found, total, next: end < total && found.length > 0 ? end : null };
}

/** The first jobs of each state. */
export async function readHeads(
  { jobs }: Pick<QueueTools, "jobs">,
  stage: Stage,
  limit: number,
): Promise<{ state: JobState; found: JobView[] }[]> {
  return Promise.all(jobStates.map(async (state) => ({ state, found: await jobs.list(stage, state, 0, limit) })));
}
