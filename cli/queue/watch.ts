import { pause } from "../../src/runtime/deadline.js";
import { formatAge } from "../format-time.js";
import { formatList, plain, say, sayJson } from "../output.js";
import { openScreen } from "../screen.js";
import { untilInterrupted } from "../until-interrupted.js";
import { readStages, type StageFigures, stageHead, stageNumbers, stageRow, untold } from "./read-stages.js";
import { type QueueTools, storeFault, storeName } from "./with-queue.js";

export interface WatchOptions {
  every: number;
  times?: number;
  json?: true;
}

/** What one look found: figures, or the sentence of a store that is away. */
type Look = { at: Date; stages: StageFigures[]; deaths: string[] } | { at: Date; fault: string };

const deathsShown = 50;

async function look(tools: QueueTools, withDeaths: boolean): Promise<Look> {
  const at = new Date();
  try {
    const stages = await readStages(tools);
    const dead = withDeaths ? stages.filter((figures) => figures.dead > 0) : [];
    const letters = await Promise.all(dead.map(({ stage }) => tools.jobs.list(stage, "dead", 0, deathsShown)));
    const newest = letters.flat().sort((a, b) => (b.endedAt?.getTime() ?? 0) - (a.endedAt?.getTime() ?? 0));
    const deaths = newest.map((job) => {
      const ago = formatAge(at.getTime() - (job.endedAt?.getTime() ?? at.getTime()));
      return `${job.stage} ${job.id}, ${ago} ago: ${plain(job.reason ?? "")}`;
    });
    return { at, stages, deaths };
  } catch (error) {
    const fault = storeFault(error, tools.store);
    if (fault === null) throw error;
    return { at, fault };
  }
}

const cut = (line: string, width: number) =>
  line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;

/** The screen of one look, for a terminal of that width. */
export function watchLines(seen: Look, store: string, width: number): string[] {
  const head = cut(`queue on ${store}, ${seen.at.toISOString().slice(11, 19)} UTC; Ctrl-C ends it`, width);
  if ("fault" in seen) return [head, "", cut(seen.fault, width)];
  const table = formatList(stageHead, seen.stages.map(stageRow), stageNumbers).split("\n");
  const lines = [head, "", ...table];
  if (seen.stages.some(({ completed }) => completed === null)) lines.push(cut(untold, width));
  if (seen.deaths.length > 0)
    lines.push("", "dead letters, newest first", ...seen.deaths.map((line) => cut(line, width)));
  return lines;
}

/** One look as a line, for a pipe. */
function plainLine(seen: Look): string {
  const at = seen.at.toISOString();
  if ("fault" in seen) return `${at} ${seen.fault}`;
  const parts = seen.stages.map(
    ({ stage, waiting, active, delayed, dead, paused, done_last_minute: done, oldest_waiting_ms: oldest }) =>
      `${stage} waiting=${waiting} active=${active} delayed=${delayed} dead=${dead}` +
      `${done === null ? "" : ` done_last_minute=${done}`}${oldest === null ? "" : ` oldest_ms=${oldest}`}` +
      (paused ? " paused" : ""),
  );
  return `${at} ${parts.join(" | ")}`;
}

/** Looks every so many seconds: a screen that is drawn in place, or a line (of JSON) each for a pipe. Ctrl-C ends it. */
export async function watchQueue(tools: QueueTools, { every, times, json }: WatchOptions): Promise<void> {
  const inPlace = process.stdout.isTTY && !json;
  const screen = inPlace ? openScreen(process.stdout) : null;
  let last: Look | null = null;
  const draw = () => {
    if (last) screen?.draw(watchLines(last, storeName(tools.store), process.stdout.columns));
  };
  if (screen) process.stdout.on("resize", draw);
  try {
    await untilInterrupted(async (signal) => {
      for (let n = 0; !signal.aborted && n < (times ?? Number.POSITIVE_INFINITY); n++) {
        if (n > 0) await pause(every * 1000, signal);
        if (signal.aborted) break;
        last = await look(tools, screen !== null);
        if (signal.aborted) break;
        if (screen) draw();
        else if (json)
          sayJson("fault" in last ? { at: last.at, fault: last.fault } : { at: last.at, stages: last.stages });
        else say(plainLine(last));
      }
    });
  } finally {
    process.stdout.off("resize", draw);
    screen?.close();
  }
}
