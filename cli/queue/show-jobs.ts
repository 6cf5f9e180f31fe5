import type { JobState, JobView } from "../../src/queue/jobs.js";
import { formatAge, formatTime } from "../format-time.js";
import { formatList, formatTable, plain, say } from "../output.js";

const subjectsOf: Record<JobView["stage"], string> = {
  score: "messages",
  route: "tickets",
  assign: "no one in particular",
  deliver: "deliveries",
  maintain: "no one in particular",
};

/** A job as `--json` shows it. */
export function jobJson(job: JobView): Record<string, unknown> {
  return {
    stage: job.stage,
    id: job.id,
    state: job.state,
    data: { subject_ids: job.subjectIds, request_ids: job.requestIds },
    attempts: job.attempts,
    attempts_max: job.attemptsMax,
    stalled: job.stalled,
    priority: job.priority,
    added_at: job.addedAt,
    begun_at: job.begunAt,
    ended_at: job.endedAt,
    worked_by: job.workedBy,
    lock: job.lock === null ? null : { token: job.lock.token, ends_in_ms: job.lock.endsInMs },
    reason: job.reason,
    stack: job.stack,
  };
}

/** `12, 13, 14 … (100)` */
export function inShort(ids: readonly (number | string)[], most: number): string {
  const shown = ids.slice(0, most).join(", ");
  return ids.length > most ? `${shown} … (${ids.length})` : shown;
}

/** Jobs of one state, a line each. */
export function sayJobs(jobs: readonly JobView[], state: JobState): void {
  const now = Date.now();
  const since = (time: Date | null) => formatAge(time === null ? null : now - time.getTime());
  const told = state === "dead" || state === "delayed";
  say(
    formatList(
      ["stage", "id", "about", "tries", "added", ...(state === "dead" ? ["died"] : []), told ? "reason" : "worked by"],
      jobs.map((job) => [
        job.stage,
        job.id,
        inShort(job.subjectIds, 5),
        `${job.attempts}/${job.attemptsMax}`,
        `${since(job.addedAt)} ago`,
        ...(state === "dead" ? [`${since(job.endedAt)} ago`] : []),
        told ? (job.reason ?? "") : (job.workedBy ?? ""),
      ]),
    ),
  );
}

/** One job with all that is known of it. */
export function sayJob(job: JobView): void {
  const requests = [...new Set(job.requestIds.filter((id) => id !== ""))];
  const rows: [string, string][] = [
    ["state", job.state],
    ["about", job.subjectIds.length === 0 ? "-" : `${subjectsOf[job.stage]} ${inShort(job.subjectIds, 100)}`],
    ["caused by", requests.length === 0 ? "-" : inShort(requests, 20)],
    [
      "tries",
      `${job.attempts} of ${job.attemptsMax}${job.stalled > 0 ? `, taken from a silent worker ${job.stalled}x` : ""}`,
    ],
    ["added", formatTime(job.addedAt)],
    ["begun", formatTime(job.begunAt)],
    ["ended", formatTime(job.endedAt)],
    ["worked by", workerOf(job)],
  ];
  if (job.priority > 0) rows.push(["priority", `${job.priority} (1 is worked first)`]);
  if (job.reason !== null) rows.push(["reason", plain(job.reason)]);
  say(formatTable([`${job.stage} ${job.id}`, ""], rows));
  for (const [index, stack] of job.stack.entries()) {
    say(
      `\ntry ${index + 1} failed:\n${stack
        .split("\n")
        .map(plain)
        .map((line) => `  ${line}`)
        .join("\n")}`,
    );
  }
}

function workerOf({ workedBy, lock, state }: JobView): string {
  const who = workedBy ?? "-";
  if (lock === null) return state === "active" ? `${who}; nobody holds its lock` : who;
  const left =
    lock.endsInMs >= 0 ? `ends in ${formatAge(lock.endsInMs)} unless renewed` : "ran out: its worker is silent";
  return `${who}; lock ${lock.token}, ${left}`;
}
