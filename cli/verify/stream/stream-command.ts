import { Command, InvalidArgumentError } from "commander";
import { wholeNumber } from "../../options.js";
import { formatTable, note, plain, say, sayJson } from "../../output.js";
import { startProgress } from "../../progress.js";
import { seededRandom } from "../../seeded-random.js";
import { counted } from "../counted.js";
import { withDeskToVerify } from "../own-desk.js";
import { type CommonOptions, requireLeave, untilAsked } from "../running-desk.js";
import { runStream, type StreamFigures } from "./run-stream.js";

interface StreamCommandOptions extends CommonOptions {
  clients: number;
  dropRate: number;
  events: number;
  rate: number;
  chaos?: true;
  faultEvery: number;
  seed?: number;
}

async function verifyStream(options: StreamCommandOptions): Promise<void> {
  await withDeskToVerify(async (desk) => {
    const url = requireLeave(desk, options);
    const random = seededRandom(options.seed);
    note(`seed ${random.seed}`);
    const progress = startProgress(options.events, "events");
    try {
      const figures = await untilAsked((signal) =>
        runStream(desk, {
          ...{ url, signal, below: random.below, seed: random.seed, onNote: note },
          ...{ clients: options.clients, dropRate: options.dropRate, events: options.events, rate: options.rate },
          faultEveryS: options.chaos ? options.faultEvery : 0,
          onProgress: (written) => progress.update(written, written),
        }),
      );
      progress.stop();
      report(figures, random.seed, options.json ?? false);
    } finally {
      progress.stop();
    }
  }, 6);
}

/** What must be zero, in words. */
function zerosOf({ log, clients }: StreamFigures): Record<string, number> {
  return {
    "positions of the log with a hole or a double": log.broken,
    "events written that the log lacks": log.lost,
    "holes in a client's log": clients.holes,
    "doubles in a client's log": clients.doubles,
    "frames that say something else than the log": clients.otherwise,
    "clients that are not where the stream is": clients.behind,
    "holes that a server sent": clients.wire.holes,
    "doubles that a server sent": clients.wire.doubles,
    "clients that were told to start over": clients.wire.resyncs,
  };
}

function report(figures: StreamFigures, seed: number, json: boolean): void {
  const zeros = zerosOf(figures);
  const holds = Object.values(zeros).every((count) => count === 0) && figures.clients.delivered > 0;
  if (!holds) process.exitCode = 1;
  if (json) {
    sayJson({ claim: "stream", holds, seed, zeros, ...figures });
    return;
  }
  const { log, clients, faults } = figures;
  const rows = [
    ...Object.entries(zeros).map(([fault, count]) => [fault, String(count)]),
    ["seed, seconds", `${seed}, ${figures.seconds} s`],
    ["clients, connections", `${clients.clients}, ${clients.connections}`],
    ["dropped", counted(clients.drops)],
    [
      "positions of the stream, frames delivered, skipped",
      `${log.positions}, ${clients.delivered}, ${clients.skipped}`,
    ],
    // When each was is said as it happens.
    ["faults", counted(timesOf(faults.map(({ kind }) => kind)))],
  ];
  say(formatTable(["stream", holds ? "holds" : "DOES NOT HOLD"], rows, 1));
  for (const example of [...clients.wire.examples, ...clients.examples]) note(plain(example));
}

function timesOf(words: readonly string[]): Record<string, number> {
  const times: Record<string, number> = {};
  for (const word of words) times[word] = (times[word] ?? 0) + 1;
  return times;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 5)) throw new InvalidArgumentError("It is a number from 0 to 5.");
  return value;
}

/** `switchboard verify stream`. */
export function streamCommand(): Command {
  return new Command("stream")
    .description(
      "Clients that drop at random and resume where they were: each one's log is the stream's log, without hole or double, also while relays, Redis and the sequencer's leader are killed.",
    )
    .option("--clients <n>", "sockets, half through the API's port, half at the relay", wholeNumber(1, 5000), 200)
    .option("--drop-rate <share>", "share of the clients that drops each second", share, 0.2)
    .option("--events <n>", "events that are written meanwhile", wholeNumber(1, 10_000_000), 50_000)
    .option("--rate <n>", "events a second", wholeNumber(1, 20_000), 500)
    .option("--chaos", "kill and stop relays, Redis and the leader meanwhile (the embedded system only)")
    .option("--fault-every <s>", "with --chaos: seconds from one fault to the next", wholeNumber(1, 3600), 6)
    .option("--seed <n>", "the same drops and faults again", wholeNumber(0, 2 ** 31))
    .option("--url <address>", "the API; default: HOST and PORT")
    .option("--i-know-what-this-does", "run it against a desk that is not the embedded one (it kills nothing of it)")
    .option("--json", "one line of JSON: holds, seed, zeros, log, clients, faults")
    .addHelpText(
      "after",
      "\nExample:\n  $ switchboard verify stream --clients 200 --drop-rate 0.2 --events 50000 --chaos",
    )
    .action(verifyStream);
}
