import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { Argument, Command } from "commander";
import { benchAssign } from "../bench/assign.js";
import { benchChat } from "../bench/chat.js";
import { benchConsole } from "../bench/console/console.js";
import { benchCrowd } from "../bench/crowd.js";
import { benchDeliveries } from "../bench/deliveries.js";
import { benchFanout } from "../bench/fanout/fanout.js";
import { benchImport } from "../bench/import.js";
import { benchIngest, benchIngestRunning } from "../bench/ingest.js";
import { benchLatency } from "../bench/latency.js";
import { benchPipeline } from "../bench/pipeline.js";
import { benchPolicy } from "../bench/policy.js";
import type { BenchRow } from "../bench/row.js";
import { wholeNumber, wholeNumbers } from "../options.js";
import { formatTable, note, say, sayJson } from "../output.js";
import { type OwnSystem, startSystem } from "../own-system.js";

interface Options {
  seconds: number;
  rows: number;
  backlog: number[];
  out?: string;
  json?: true;
}

const benches: Record<string, (system: OwnSystem, options: Options) => Promise<BenchRow[]>> = {
  ingest: async (system, { seconds }) => [
    ...(await benchIngest(system, seconds)),
    ...(await benchIngestRunning(system, seconds)),
  ],
  assign: async (system, { seconds, backlog }) => {
    const rows: BenchRow[] = [];
    for (const waiting of backlog) rows.push(...(await benchAssign(system, waiting, seconds)));
    return rows;
  },
  pipeline: (system, { seconds }) => benchPipeline(system, seconds * 2),
  fanout: async (system, { seconds }) => [
    ...(await benchLatency(system, seconds * 2)),
    ...(await benchFanout(system, seconds)),
  ],
  chat: (system, { seconds }) => benchChat(system, seconds),
  import: (system, { rows }) => benchImport(system, rows),
  policy: (system, { seconds }) => benchPolicy(system, seconds),
  deliveries: (system, { seconds }) => benchDeliveries(system, seconds),
  console: (system, { seconds }) => benchConsole(system, seconds),
  // The last: it leaves a full desk behind.
  crowd: (system, { backlog }) => benchCrowd(system, backlog[0] ?? 200_000),
};

async function bench(names: string[], options: Options): Promise<void> {
  const chosen = names.length > 0 ? names : Object.keys(benches);
  note("starting a system of its own in a temporary folder …");
  // Its receivers of webhooks are on this machine.
  const system = await startSystem({ OUTBOUND_ALLOW: "127.0.0.1" });
  const rows: BenchRow[] = [];
  try {
    for (const name of chosen) {
      note(`${name} …`);
      rows.push(...((await benches[name]?.(system, options)) ?? []));
    }
  } finally {
    await system.stop();
  }
  const result = { at: new Date().toISOString(), node: process.version, cores: cpus().length, rows };
  if (options.out) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`);
  if (!options.json) {
    say(
      formatTable(
        ["what", "figure", "yardstick", "ratio", "target", "met"],
        rows.map((row) => [
          row.row,
          row.figure,
          row.yardstick ?? "",
          row.ratio === undefined ? "" : row.ratio.toFixed(2),
          row.target ?? "",
          row.met === undefined ? "" : row.met ? "yes" : "NO",
        ]),
      ),
    );
  }
  sayJson(result);
}

/** `switchboard bench`: figures with their yardsticks, on a system that it starts and removes again. */
export function benchCommand(): Command {
  return new Command("bench")
    .description(
      "Measure intake, live latency, the console and more on this machine, each beside its yardstick in the same run.",
    )
    .addArgument(new Argument("[rows...]", "which rows; default all").choices(Object.keys(benches)))
    .option("--seconds <n>", "length of one run", wholeNumber(1, 600), 5)
    .option("--rows <n>", "rows of the imported file", wholeNumber(1000, 10_000_000), 100_000)
    .option(
      "--backlog <n...>",
      "waiting tickets of the assign rows",
      wholeNumbers(1000, 10_000_000),
      [200_000, 1_000_000],
    )
    .option("--out <file>", "write the JSON there as well")
    .option("--json", "only the JSON")
    .addHelpText("after", "\nExample:\n  $ switchboard bench ingest --seconds 10")
    .action(bench);
}
