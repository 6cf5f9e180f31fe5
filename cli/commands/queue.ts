import { Argument, Command, Option } from "commander";
import { type Stage, stages } from "../../src/contract/events.js";
import { Failure } from "../failure.js";
import { wholeNumber } from "../options.js";
import { formatList, note, say, sayJson } from "../output.js";
import {
  type ActOptions,
  drainStage,
  promoteJobs,
  readDead,
  readHeads,
  recordStageAct,
  retryJobs,
  stageNamed,
} from "../queue/act-on-jobs.js";
import {
  readStage,
  readStages,
  type StageFigures,
  stageHead,
  stageNumbers,
  stageRow,
  untold,
} from "../queue/read-stages.js";
import { jobJson, sayJob, sayJobs } from "../queue/show-jobs.js";
import { type WatchOptions, watchQueue } from "../queue/watch.js";
import { type QueueTools, withQueue } from "../queue/with-queue.js";

interface JsonOption {
  json?: true;
}

function sayStages(figures: readonly StageFigures[]): void {
  say(formatList(stageHead, figures.map(stageRow), stageNumbers));
  if (figures.some(({ completed }) => completed === null)) note(untold);
}

async function list(options: JsonOption): Promise<void> {
  await withQueue(async (tools) => {
    const figures = await readStages(tools);
    if (options.json) sayJson(figures);
    else sayStages(figures);
  });
}

async function show(stage: Stage, options: JsonOption & { limit: number }): Promise<void> {
  await withQueue(async (tools) => {
    const figures = await readStage(tools, stage);
    const heads = await readHeads(tools, stage, options.limit);
    if (options.json) {
      sayJson({ ...figures, jobs: Object.fromEntries(heads.map(({ state, found }) => [state, found.map(jobJson)])) });
      return;
    }
    sayStages([figures]);
    for (const { state, found } of heads) {
      if (found.length === 0) continue;
      say(`\n${state}, ${state === "dead" || state === "done" ? "newest" : "next"} first`);
      sayJobs(found, state);
    }
  });
}

async function job(id: string, options: ActOptions): Promise<void> {
  await withQueue(async ({ jobs }) => {
    const found = await jobs.find(id, options.stage ? [options.stage] : stages);
    if (found.length === 0)
      throw new Failure(`there is no job ${id} (any more): done jobs are kept for a while at most`);
    if (options.json) return sayJson(found.map(jobJson));
    for (const one of found) sayJob(one);
  });
}

async function failed(
  stage: string | undefined,
  options: JsonOption & { limit: number; cursor: number },
): Promise<void> {
  const named = stage === undefined ? undefined : stageNamed(stage);
  await withQueue(async (tools) => {
    const { found, total, next } = await readDead(tools, named ? [named] : stages, options.cursor, options.limit);
    if (options.json) return sayJson({ results: found.map(jobJson), total, next });
    if (found.length === 0)
      return say(total === 0 ? "no dead letters" : `there are ${total} dead letters, none from there on`);
    sayJobs(found, "dead");
    if (next !== null) note(`${total} in all; go on with --cursor ${next}`);
  });
}

async function setPaused(stage: Stage, paused: boolean, options: JsonOption): Promise<void> {
  await withQueue(async ({ admin }) => {
    await recordStageAct(paused ? "pause" : "resume", stage);
    await (paused ? admin.pause(stage) : admin.resume(stage));
    if (options.json) return sayJson({ stage, paused });
    say(paused ? `${stage}: paused; what is under way ends, what is enqueued waits` : `${stage}: works again`);
  });
}

const withTools =
  <A, O>(act: (tools: QueueTools, target: A, options: O) => Promise<void>) =>
  (target: A, options: O) =>
    withQueue((tools) => act(tools, target, options));

const stageArgument = () => new Argument("<stage>", "a stage").choices(stages);
const stageOption = () => new Option("--stage <stage>", "look in this stage only").choices(stages);
const example = (line: string) => `\nExample:\n  $ switchboard queue ${line}`;

/** `switchboard queue`: the stages and their jobs, looked at and moved. */
export function queueCommand(): Command {
  const queue = new Command("queue")
    .description(`Look at the stages (${stages.join(", ")}) and their jobs, and move them.`)
    .addHelpText("after", example("ls"));
  queue
    .command("ls")
    .description(
      "All stages: counts by state, done jobs that are kept, jobs done in the last minute, age of the oldest that waits.",
    )
    .option(
      "--json",
      "an array: stage, waiting, active, delayed, dead, completed, paused, oldest_waiting_ms, done_last_minute",
    )
    .addHelpText("after", example("ls"))
    .action(list);
  queue
    .command("show")
    .description("One stage: its counts, and the first jobs of each state.")
    .addArgument(stageArgument())
    .option("--limit <n>", "jobs of each state", wholeNumber(1, 1000), 5)
    .option("--json", "the figures of ls, and jobs by state")
    .addHelpText("after", example("show score --limit 20"))
    .action(show);
  queue
    .command("job")
    .description("One job: data, tries, state, who works it, stack traces. Each stage counts its own jobs from 1.")
    .argument("<id>", "the job's id")
    .addOption(stageOption())
    .option("--json", "an array, one for each stage that has a job of this id")
    .addHelpText("after", example("job 1042 --stage deliver"))
    .action(job);
  queue
    .command("failed")
    .description("Dead letters: jobs that failed on every try. Newest first, stage by stage.")
    .addArgument(new Argument("[stage]", "a stage; default: all").choices(stages))
    .option("--limit <n>", "so many at most", wholeNumber(1, 1000), 50)
    .option("--cursor <n>", "go on from there", wholeNumber(0, 1_000_000), 0)
    .option("--json", "results, total, next")
    .addHelpText("after", example("failed score --json"))
    .action(failed);
  queue
    .command("retry")
    .description("Give a dead job, or all dead ones of a stage, their tries again.")
    .argument("<stage|id>", "a stage, or a job's id")
    .addOption(stageOption())
    .option("--json", "stage, retried")
    .addHelpText("after", example("retry score"))
    .action(withTools(retryJobs));
  queue
    .command("promote")
    .description("Let a delayed job (it failed and waits for its next try), or all of a stage, begin now.")
    .argument("<stage|id>", "a stage, or a job's id")
    .addOption(stageOption())
    .option("--json", "stage, promoted")
    .addHelpText("after", example("promote deliver"))
    .action(withTools(promoteJobs));
  queue
    .command("drain")
    .description(
      "Remove what waits in a stage. No work is lost by it: the sweep finds what is undone and enqueues it again.",
    )
    .addArgument(stageArgument())
    .option("--delayed", "remove what waits for its next try too")
    .option("--yes", "do not ask")
    .option("--json", "stage, removed")
    .addHelpText("after", example("drain route --yes"))
    .action(withTools(drainStage));
  queue
    .command("pause")
    .description("Let no worker begin a job of the stage until resume.")
    .addArgument(stageArgument())
    .option("--json", "stage, paused")
    .addHelpText("after", example("pause deliver"))
    .action((stage: Stage, options: JsonOption) => setPaused(stage, true, options));
  queue
    .command("resume")
    .description("Let the stage be worked again.")
    .addArgument(stageArgument())
    .option("--json", "stage, paused")
    .addHelpText("after", example("resume deliver"))
    .action((stage: Stage, options: JsonOption) => setPaused(stage, false, options));
  queue
    .command("watch")
    .description("All stages and the newest dead letters, drawn again every second; in a pipe a line each time.")
    .option("--every <s>", "seconds between two looks", wholeNumber(1, 3600), 1)
    .option("--times <n>", "end after so many looks", wholeNumber(1, 1_000_000))
    .option("--json", "a line of JSON each time: at, stages")
    .addHelpText("after", example("watch"))
    .action((options: WatchOptions) => withQueue((tools) => watchQueue(tools, options)));
  return queue;
}
