import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import Table from "cli-table3";
import { Command } from "commander";
import { parse } from "csv-parse";
import { type Evaluation, evaluate, worstErrors } from "../../src/urgency/evaluate.js";
import { formatLexicon } from "../../src/urgency/format-lexicon.js";
import type { Labelled } from "../../src/urgency/labelled.js";
import { type Lexicon, readLexicon, shippedLexicon, shippedLexiconPath } from "../../src/urgency/lexicon.js";
import { scoreText } from "../../src/urgency/score.js";
import { train } from "../../src/urgency/train.js";

interface Options {
  json?: boolean;
  lexicon?: string;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const oneLine = (text: string, width: number) => {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > width ? `${flat.slice(0, width - 1)}…` : flat;
};
const lexiconOf = (options: Options): Lexicon =>
  options.lexicon === undefined ? shippedLexicon() : readLexicon(options.lexicon);
const rounded = (value: number) => (Number.isNaN(value) ? null : Math.round(value * 10_000) / 10_000);

/** A table that is coloured only where somebody looks at it. */
function tableOf(head: string[], numbersFrom: number): Table.Table {
  const plain = process.stdout.isTTY ? {} : { style: { head: [], border: [] } };
  return new Table({ head, colAligns: head.map((_, index) => (index < numbersFrom ? "left" : "right")), ...plain });
}

/** Runs an action; what it throws is printed as one sentence, and the process ends with 1. */
async function orFail(name: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    process.stderr.write(`urgency ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** Reads labelled messages row by row. Throws on a missing file or column and on a label that is not 0 to 3, with the row. */
async function readLabelled(path: string): Promise<Labelled[]> {
  const rows = createReadStream(path);
  const parser = rows.pipe(parse({ columns: true, bom: true, trim: false, relax_column_count: false }));
  rows.once("error", (error) => parser.destroy(error));
  const messages: Labelled[] = [];
  for await (const record of parser as AsyncIterable<Record<string, string>>) {
    if (messages.length === 0) {
      const missing = ["body", "urgency"].filter((column) => !Object.hasOwn(record, column));
      if (missing.length > 0) {
        throw new Error(
          `${path} has no column ${missing.map((name) => `"${name}"`).join(" and ")}; it has ${Object.keys(record).join(", ")}`,
        );
      }
    }
    const urgency = Number(record.urgency);
    if (![0, 1, 2, 3].includes(urgency) || record.urgency?.trim() === "") {
      throw new Error(`${path}, message ${messages.length + 1}: urgency is "${record.urgency}", not 0, 1, 2 or 3`);
    }
    const topic = record.topic;
    messages.push({ body: record.body ?? "", urgency, ...(topic === undefined ? {} : { topic }) });
  }
  if (messages.length === 0) throw new Error(`${path} holds no messages`);
  return messages;
}

const MEASURED_MS = 400;

/** How many of these messages one core scores in a second, after a first round that fills the caches. */
function measureSpeed(lexicon: Lexicon, messages: readonly Labelled[]): number {
  for (const { body } of messages) scoreText(body, lexicon);
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < MEASURED_MS) {
    for (const { body } of messages) scoreText(body, lexicon);
    count += messages.length;
  }
  return Math.round((count / (performance.now() - start)) * 1000);
}

function explain(text: string, options: Options): void {
  const result = scoreText(text, lexiconOf(options));
  if (options.json) {
    say(JSON.stringify(result));
    return;
  }
  const table = tableOf(["rule", "words", "at", "adds"], 2);
  for (const { stem, term, start, end, weight } of result.terms) {
    table.push([stem, oneLine(term, 48), `${start}-${end}`, weight.toFixed(3)]);
  }
  if (result.terms.length > 0) say(table.toString());
  else say("No rule of the lexicon matches.");
  say(
    `sum ${result.raw.toFixed(3)} -> score ${result.score}, ${result.level}, topic ${result.topic} (${result.model})`,
  );
}

function printEvaluation(evaluation: Evaluation, perSecond: number, worst: number): void {
  const table = tableOf(["measure", "value"], 1);
  const share = (value: number) => (Number.isNaN(value) ? "-" : value.toFixed(3));
  table.push(
    ["messages", String(evaluation.n)],
    ["of them scored out of fold", String(evaluation.outOfFold)],
    ["ranking accuracy (0.5 = chance)", share(evaluation.pairwise)],
    ["Spearman", share(evaluation.spearman)],
    ["macro F1, urgent or not", share(evaluation.macroF1Urgent)],
    ["precision in the top fifth", share(evaluation.precisionTop20)],
    ["critical ones in the top fifth", share(evaluation.criticalRecallTop20)],
    ["right topic", share(evaluation.topicAccuracy)],
    ["messages/s on one core", String(perSecond)],
    ["model", evaluation.model],
  );
  say(table.toString());
  if (worst === 0) return;
  const errors = tableOf(["label", "score", "message", "largest parts"], 4);
  for (const { message, result } of worstErrors(evaluation, worst)) {
    const parts = [...result.terms].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 3);
    const names = parts.map((part) => `${part.stem} ${part.weight.toFixed(2)}`).join(", ");
    errors.push([String(message.urgency), String(result.score), oneLine(message.body, 60), names]);
  }
  say("Worst errors:");
  say(errors.toString());
}

async function evaluateFile(csv: string, options: Options & { worst: string }): Promise<void> {
  const worst = Number(options.worst);
  if (!Number.isInteger(worst) || worst < 0) throw new Error(`--worst is "${options.worst}", not a whole number`);
  const lexicon = lexiconOf(options);
  const messages = await readLabelled(csv);
  const evaluation = evaluate(lexicon, messages);
  const perSecond = measureSpeed(lexicon, messages);
  if (!options.json) {
    printEvaluation(evaluation, perSecond, worst);
    return;
  }
  say(
    JSON.stringify({
      n: evaluation.n,
      pairwise: rounded(evaluation.pairwise),
      spearman: rounded(evaluation.spearman),
      macro_f1_urgent: rounded(evaluation.macroF1Urgent),
      precision_top20: rounded(evaluation.precisionTop20),
      critical_recall_top20: rounded(evaluation.criticalRecallTop20),
      messages_per_s: perSecond,
      model: evaluation.model,
    }),
  );
}

async function trainOn(csv: string, options: Options & { out?: string }): Promise<void> {
  const out = options.out ?? options.lexicon ?? shippedLexiconPath();
  const lexicon = train(lexiconOf(options), await readLabelled(csv));
  await writeFile(out, formatLexicon(lexicon));
  const { messages, lambda } = lexicon.trained ?? { messages: 0, lambda: 0 };
  if (options.json) {
    say(JSON.stringify({ messages, lambda, entries: lexicon.entries.length, model: lexicon.model, out }));
    return;
  }
  say(`${lexicon.model}: ${lexicon.entries.length} entries, ${messages} messages, lambda ${lambda} -> ${out}`);
}

interface Difference {
  id: string;
  from: number | null;
  to: number | null;
}

function differences(a: Lexicon, b: Lexicon): Difference[] {
  const before = new Map(a.entries.map((entry) => [entry.id, entry]));
  const after = new Map(b.entries.map((entry) => [entry.id, entry]));
  const found: Difference[] = [];
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const from = before.get(id);
    const to = after.get(id);
    const { weight: _from, ...ruleBefore } = from ?? { weight: 0 };
    const { weight: _to, ...ruleAfter } = to ?? { weight: 0 };
    if (from?.weight === to?.weight && JSON.stringify(ruleBefore) === JSON.stringify(ruleAfter)) continue;
    found.push({ id, from: from?.weight ?? null, to: to?.weight ?? null });
  }
  const size = ({ from, to }: Difference) => Math.abs((to ?? 0) - (from ?? 0));
  return found.sort((x, y) => size(y) - size(x) || (x.id < y.id ? -1 : 1));
}

function diff(a: string, b: string, options: Options): void {
  const before = readLexicon(a);
  const after = readLexicon(b);
  const changes = differences(before, after);
  if (options.json) {
    say(JSON.stringify({ a: before.model, b: after.model, changes }));
    return;
  }
  const table = tableOf(["rule", before.model, after.model], 1);
  for (const { id, from, to } of changes) table.push([id, from?.toFixed(3) ?? "-", to?.toFixed(3) ?? "-"]);
  say(changes.length === 0 ? "No rule differs." : table.toString());
}

/** `switchboard urgency …`: why a text is as urgent as it is, how well the lexicon ranks, and learning its weights. */
export function urgencyCommand(): Command {
  const urgency = new Command("urgency").description("explain, measure and train the urgency lexicon");
  const sub = (usage: string, description: string, example: string) =>
    urgency
      .command(usage)
      .description(description)
      .option("--json", "one line of JSON")
      .addHelpText("after", `\nExample:\n  $ switchboard urgency ${example}`);

  sub(
    "explain <text>",
    "the score of a text, and the parts that add up to it",
    'explain "My phone was stolen, block my account"',
  )
    .option("--lexicon <file>", "another lexicon than the shipped one")
    .action((text: string, options: Options) => orFail("explain", async () => explain(text, options)));
  sub(
    "eval <csv>",
    "how well the lexicon ranks labelled messages (columns body, urgency 0-3)",
    "eval labelled.csv --worst 20",
  )
    .option("--lexicon <file>", "another lexicon than the shipped one")
    .option("--worst <n>", "print the n worst errors", "10")
    .action((csv: string, options: Options & { worst: string }) => orFail("eval", () => evaluateFile(csv, options)));
  sub(
    "train <csv>",
    "learn weights from labelled messages, around the lexicon's own priors",
    "train labelled.csv --out lexicon.json",
  )
    .option("--lexicon <file>", "the lexicon whose rules and priors are used, instead of the shipped one")
    .option("--out <file>", "where to write (default: over the lexicon that was read)")
    .action((csv: string, options: Options & { out?: string }) => orFail("train", () => trainOn(csv, options)));
  sub("diff <a> <b>", "what differs between two lexicon files", "diff old.json data/urgency-lexicon.json").action(
    (a: string, b: string, options: Options) => orFail("diff", async () => diff(a, b, options)),
  );
  return urgency;
}
