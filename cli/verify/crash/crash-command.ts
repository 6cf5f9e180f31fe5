import { Command } from "commander";
import { numberFrom, wholeNumber } from "../../options.js";
import { formatTable, note, plain, say, sayJson } from "../../output.js";
import { seededRandom } from "../../seeded-random.js";
import { counted } from "../counted.js";
import { withDeskToVerify } from "../own-desk.js";
import { type CommonOptions, requireLeave, untilAsked } from "../running-desk.js";
import type { SystemProcess } from "./embedded-system.js";
import { worstByKind } from "./recovery.js";
import { type CrashFigures, runCrash } from "./run-crash.js";

interface CrashCommandOptions extends CommonOptions {
  workers: number;
  seconds: number;
  rate: number;
  acts: number;
  agents: number;
  customers: number;
  faultEvery: number;
  quietWithin: number;
  only?: string;
  seed?: number;
}

async function verifyCrash(options: CrashCommandOptions): Promise<void> {
  await withDeskToVerify(async (desk) => {
    const url = requireLeave(desk, options);
    const random = seededRandom(options.seed);
    note(`seed ${random.seed}`);
    const figures = await untilAsked((signal) =>
      runCrash(desk, {
        ...{ url, signal, below: random.below },
        // Their own numbers: what the load takes of its own depends on the clock.
        faultsBelow: seededRandom(random.seed).below,
        ...{ workers: options.workers, seconds: options.seconds, rate: options.rate },
        actsPerMessage: options.acts,
        ...{ agents: options.agents, customers: options.customers },
        ...{ faultEveryS: options.faultEvery, quietWithinS: options.quietWithin },
        onlyFaults: (options.only ?? "").split(",").flatMap((word) => word.trim() || []),
        onNote: note,
      }),
    );
    report(figures, random.seed, options.json ?? false);
  }, 5);
}

function report(figures: CrashFigures, seed: number, json: boolean): void {
  const broken = figures.audit.filter(({ count }) => count !== 0);
  const holds = broken.length === 0 && figures.findings_count === 0 && figures.undone === null;
  if (!holds) process.exitCode = 1;
  if (json) {
    sayJson({ claim: "crash", holds, seed, ...figures });
    return;
  }
  say(
    formatTable(
      ["crash", holds ? "holds" : "DOES NOT HOLD", ""],
      [
        ...figures.audit.map(({ name, holds: rule, count }) => [name, rule, String(count)]),
        ["answers that no fault explains", "", String(figures.findings_count)],
        ["left undone", "I3", figures.undone ? counted({ ...figures.undone }) : "0"],
      ],
      2,
    ),
  );
  say(formatTable(["fault", "times", "longest without a write", "without an event"], faultRows(figures), 1));
  const acts = Object.entries(figures.acts).map(([kind, { tried, acked }]) => [kind, String(tried), String(acked)]);
  say(formatTable(["act", "tried", "acknowledged"], acts, 1));
  const rows = [
    ["seed, seconds, quiet after", `${seed}, ${figures.seconds} s, ${figures.quiet_s ?? "never"} s`],
    ["acts that had no room", String(figures.acts_skipped)],
    ...listed("refused", figures.misses.refused),
    ...listed("unavailable", figures.misses.unavailable),
    ...figures.sockets.map(({ name, events, connections }) => [name, `${events} events, ${connections} connections`]),
    ...receiverRows(figures.receivers),
    ["memory at the start, MB", memoryOf(figures.memory.start)],
    ["memory at the end, MB", memoryOf(figures.memory.end)],
  ];
  say(formatTable(["", ""], rows));
  for (const { name, examples } of broken) for (const example of examples) note(plain(`${name}: ${example}`));
  for (const finding of figures.findings) note(plain(finding));
}

/** Counts as rows, the commonest first. */
const listed = (name: string, counts: Record<string, number>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => [`${name}: ${what}`, String(count)]);

function faultRows(figures: CrashFigures): string[][] {
  return [...worstByKind(figures.faults)].map(([kind, { times, writesMs, eventsMs }]) => [
    kind,
    String(times),
    `${writesMs} ms`,
    `${eventsMs} ms`,
  ]);
}

function receiverRows(receivers: CrashFigures["receivers"]): string[][] {
  if (!receivers) return [];
  const { replies, events, gone, hanging, kills, hurried } = receivers;
  return [
    [
      "calls with replies, with words, to who says 410, who hangs",
      `${replies.calls}, ${events.calls}, ${gone.calls}, ${hanging.calls}`,
    ],
    ["taken twice, with the same id", `${replies.doubles}, ${events.doubles}`],
    ["out of order, and said", `${replies.orderSaid}, ${events.orderSaid}`],
    ["receiver killed, waits that the run cut short", `${kills}, ${hurried}`],
  ];
}

const memoryOf = (processes: readonly SystemProcess[]) =>
  processes.map(({ part, memoryMb }) => `${part} ${memoryMb}`).join(", ") || "not on this machine";

/** `switchboard verify crash`. */
export function crashCommand(): Command {
  return new Command("crash")
    .description(
      "Load of every kind while workers, leader, API, relay, Redis and Postgres are killed and stopped: then plain SQL and the sockets' own logs must show no violation.",
    )
    .option("--workers <n>", "worker processes in all; the run starts those that are missing", wholeNumber(1, 32), 4)
    .option("--seconds <n>", "how long the load lasts", wholeNumber(5, 86_400), 60)
    .option("--rate <n>", "messages of customers a second; the agents' acts come on top", wholeNumber(1, 2000), 40)
    .option("--acts <n>", "acts of agents for each message of a customer", numberFrom(0, 10), 2.5)
    .option("--agents <n>", "agents of the run; the first four are online by a socket", wholeNumber(2, 200), 12)
    .option("--customers <n>", "customers of the run", wholeNumber(1, 5000), 100)
    .option("--fault-every <s>", "seconds from one fault to the next; 0: none", wholeNumber(0, 3600), 4)
    .option("--only <words>", "only faults whose names hold one of these words, comma-separated: redis,leader")
    .option("--quiet-within <s>", "how long the desk may take to finish after the load", wholeNumber(1, 3600), 120)
    .option("--seed <n>", "the same faults in the same order", wholeNumber(0, 2 ** 31))
    .option("--url <address>", "the API; default: HOST and PORT")
    .option(
      "--i-know-what-this-does",
      "run it against a desk that is not the embedded one (it kills only its own workers)",
    )
    .option("--json", "one line of JSON: holds, seed, audit, faults, acts, misses, findings, sockets, memory")
    .addHelpText("after", "\nExample:\n  $ switchboard verify crash --workers 4 --seconds 60 --seed 1")
    .action(verifyCrash);
}
