import { Command, Option } from "commander";
import { type Stage, stages } from "../../src/contract/events.js";
import type { Database } from "../../src/db/database.js";
import { readHead } from "../../src/db/queries/read-events.js";
import { readJobEvents, readOldestSeq, readOutbox } from "../../src/db/queries/read-outbox.js";
import { enqueueEvents } from "../../src/queue/enqueue-events.js";
import { createProducer } from "../../src/queue/stage-producer.js";
import { withDesk } from "../desk.js";
import { Failure, UsageError } from "../failure.js";
import { formatAge } from "../format-time.js";
import { recordOperatorsAct } from "../operator.js";
import { wholeNumber } from "../options.js";
import { formatList, note, say, sayJson } from "../output.js";
import { withQueue } from "../queue/with-queue.js";

interface ReplayOptions {
  fromSeq?: number;
  toSeq?: number;
  stage?: Stage;
  dryRun?: true;
  json?: true;
}

const pageRows = 500;
/** Without a beginning, so many events are gone through. */
const lookBack = 10_000;

async function list(options: { limit: number; json?: true }): Promise<void> {
  await withDesk(async ({ db }) => {
    const state = await readOutbox(db.kysely, options.limit);
    const behind = state.lastSeq - state.publishedSeq;
    if (options.json) {
      const { waiting, oldestMs, byType, first, lastSeq, publishedSeq } = state;
      sayJson({
        waiting,
        oldest_ms: oldestMs === null ? null : Math.round(oldestMs),
        by_type: byType,
        first: first.map(({ id, stream, type, requestId, stage, subjectId, ageMs }) => {
          return { id, stream, type, request_id: requestId, stage, subject_id: subjectId, age_ms: Math.round(ageMs) };
        }),
        last_seq: lastSeq,
        published_seq: publishedSeq,
        unpublished: behind,
      });
      return;
    }
    say(
      state.waiting === 0
        ? "nothing waits for the sequencer"
        : `${state.waiting} events wait for the sequencer, the oldest for ${formatAge(state.oldestMs)}`,
    );
    say(
      behind === 0
        ? `everything up to seq ${state.lastSeq} is published and enqueued`
        : `${behind} events have their place and are not yet both published and enqueued (seq ${state.publishedSeq + 1} to ${state.lastSeq})`,
    );
    if (state.waiting === 0) return;
    const types = state.byType.map(({ type, stage, count }) => [type, stage ?? "-", String(count)]);
    say(formatList(["type", "job", "count"], types, [2]));
    const rows = state.first.map((row) => [
      String(row.id),
      formatAge(row.ageMs),
      row.stream,
      row.type,
      row.stage === null ? "-" : `${row.stage} ${row.subjectId}`,
      row.requestId ?? "-",
    ]);
    say(`\nthe first ${rows.length}`);
    say(formatList(["id", "age", "stream", "type", "job", "request"], rows, [0]));
  });
}

interface Range {
  from: number;
  to: number;
}

/** The range that was asked for, within what the log has. */
async function rangeOf({ kysely }: Database, options: ReplayOptions): Promise<Range> {
  const { lastSeq } = await readHead(kysely);
  const oldest = (await readOldestSeq(kysely)) ?? lastSeq + 1;
  const to = Math.min(options.toSeq ?? lastSeq, lastSeq);
  const from = options.fromSeq ?? Math.max(oldest, to - lookBack + 1);
  if (options.fromSeq !== undefined && options.toSeq !== undefined && options.fromSeq > options.toSeq) {
    throw new UsageError("--from-seq is not above --to-seq");
  }
  if (options.fromSeq !== undefined && from < oldest) {
    throw new Failure(`the log is kept from seq ${oldest} on: what was before it cannot be sent again`);
  }
  return { from, to };
}

async function replay(options: ReplayOptions): Promise<void> {
  if (options.fromSeq === undefined && options.stage === undefined) {
    throw new UsageError("say which: --from-seq (and --to-seq), or --stage for the last events of one stage");
  }
  await withDesk(({ config, db }) =>
    withQueue(async ({ store }) => {
      const range = await rangeOf(db, options);
      if (!options.dryRun) {
        const after = { from_seq: range.from, to_seq: range.to, stage: options.stage ?? null };
        await recordOperatorsAct(db, { action: "desk.replay", subject: { kind: "desk", id: null }, after });
      }
      const producer = createProducer(store, config);
      const jobs: Partial<Record<Stage, number>> = {};
      let after = range.from - 1;
      for (;;) {
        const scope = { after, upTo: range.to, stage: options.stage ?? null, limit: pageRows };
        const events = await readJobEvents(db.kysely, scope);
        const last = events.at(-1);
        if (!last) break;
        if (!options.dryRun) await enqueueEvents(producer, events);
        for (const { stage } of events) if (stage) jobs[stage] = (jobs[stage] ?? 0) + 1;
        after = last.seq;
      }
      await producer.close();
      const count = Object.values(jobs).reduce((sum, n) => sum + n, 0);
      if (options.json) {
        const { from, to } = range;
        return sayJson({ from_seq: from, to_seq: to, events: count, by_stage: jobs, dry_run: options.dryRun ?? false });
      }
      const what = `${count} events with a job from seq ${range.from} to ${range.to}`;
      if (count > 0)
        say(
          formatList(
            ["stage", "events"],
            Object.entries(jobs).map(([name, n]) => [name, String(n)]),
            [1],
          ),
        );
      say(options.dryRun ? `${what}; nothing was enqueued` : `${what}: enqueued again`);
      if (!options.dryRun && count > 0) note("what was done already is seen and left as it is");
    }),
  );
}

const seqMax = Number.MAX_SAFE_INTEGER;

/** `switchboard outbox`: what waits on its way out, and jobs enqueued again from the log. */
export function outboxCommand(): Command {
  const outbox = new Command("outbox")
    .description("What waits on its way out; enqueue the jobs of events again.")
    .addHelpText("after", "\nExample:\n  $ switchboard outbox ls");
  outbox
    .command("ls")
    .description(
      "Events that wait for their place in the log, and those that have it and are not yet published and enqueued.",
    )
    .option("--limit <n>", "first rows that are shown", wholeNumber(1, 1000), 10)
    .option("--json", "waiting, oldest_ms, by_type, first, last_seq, published_seq, unpublished")
    .addHelpText("after", "\nExample:\n  $ switchboard outbox ls --limit 50")
    .action(list);
  outbox
    .command("replay")
    .description(
      "Enqueue the jobs of events in the log again, e.g. after the queue's store was restored from an old copy. Harmless: " +
        "every stage sees what is done already. Nothing is published again: whoever listens fills its holes from the log. " +
        "The sweep does the same by itself for what is undone; this does not wait for it.",
    )
    .option("--from-seq <n>", "the first event", wholeNumber(1, seqMax))
    .option("--to-seq <n>", "the last event (default: the newest)", wholeNumber(1, seqMax))
    .addOption(
      new Option(
        "--stage <stage>",
        `jobs of this stage only; without --from-seq of the last ${lookBack} events`,
      ).choices(stages),
    )
    .option("--dry-run", "count, enqueue nothing")
    .option("--json", "from_seq, to_seq, events, by_stage, dry_run")
    .addHelpText("after", "\nExample:\n  $ switchboard outbox replay --stage deliver")
    .action(replay);
  return outbox;
}
