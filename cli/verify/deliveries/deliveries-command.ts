import { Command } from "commander";
import { numberFrom, wholeNumber } from "../../options.js";
import { formatTable, note, plain, say, sayJson } from "../../output.js";
import { startProgress } from "../../progress.js";
import { seededRandom } from "../../seeded-random.js";
import { withDeskToVerify } from "../own-desk.js";
import { type CommonOptions, requireLeave, untilAsked } from "../running-desk.js";
import { type DeliveriesFigures, runDeliveries } from "./run-deliveries.js";

interface DeliveriesCommandOptions extends CommonOptions {
  receiverFail: number;
  events: number;
  conversations: number;
  rate: number;
  chaos?: true;
  quietWithin: number;
  seed?: number;
}

async function verifyDeliveries(options: DeliveriesCommandOptions): Promise<void> {
  await withDeskToVerify(async (desk) => {
    const url = requireLeave(desk, options);
    const random = seededRandom(options.seed);
    note(`seed ${random.seed}`);
    const progress = startProgress(options.events, "events");
    try {
      const figures = await untilAsked((signal) =>
        runDeliveries(desk, {
          ...{ url, signal, below: random.below, fail: options.receiverFail, events: options.events },
          ...{ conversations: options.conversations, rate: options.rate, quietWithinS: options.quietWithin },
          chaos: (options.chaos ?? false) && desk.config.embedded,
          onProgress: (said) => progress.update(said, said),
        }),
      );
      progress.stop();
      report(figures, random.seed, options.json ?? false);
    } finally {
      progress.stop();
    }
  }, 4);
}

/** What must be zero, in words. */
function zerosOf({ failing, healthy, gone, unsent, twice, stranded }: DeliveriesFigures): Record<string, number> {
  const both = (of: "missing" | "otherIds" | "orderUnsaid" | "unsigned" | "strange") => failing[of] + healthy[of];
  return {
    "events that never arrived": both("missing"),
    "events under several ids, or ids of several events": both("otherIds"),
    "out of order, and not said": both("orderUnsaid"),
    "wrong signatures": both("unsigned"),
    "events that the log does not have": both("strange"),
    "deliveries that are not sent": unsent,
    "deliveries that are there twice": twice,
    "deliveries that waited behind nothing": stranded,
    "webhooks that said 410 and are enabled": gone.disabled ? 0 : 1,
  };
}

function report(figures: DeliveriesFigures, seed: number, json: boolean): void {
  const zeros = zerosOf(figures);
  const holds = figures.events > 0 && Object.values(zeros).every((count) => count === 0);
  if (!holds) process.exitCode = 1;
  if (json) {
    sayJson({ claim: "deliveries", holds, seed, zeros, ...figures });
    return;
  }
  const { failing, healthy, gone } = figures;
  const rows = [
    ...Object.entries(zeros).map(([fault, count]) => [fault, String(count)]),
    ["seed, seconds", `${seed}, ${figures.seconds} s`],
    ["events", String(figures.events)],
    ["calls to the failing, the healthy, the gone receiver", `${failing.calls}, ${healthy.calls}, ${gone.calls}`],
    ["taken twice, with the same id", `${failing.doubles}, ${healthy.doubles}`],
    ["out of order, and said", `${failing.orderSaid}, ${healthy.orderSaid}`],
    ["calls that were answered 410", String(gone.after_410)],
    ["workers killed, receiver killed", `${figures.worker_kills}, ${figures.receiver_kills}`],
    ["waits that the run cut short", String(figures.hurried)],
  ];
  say(formatTable(["deliveries", holds ? "holds" : "DOES NOT HOLD"], rows, 1));
  for (const example of [...failing.examples, ...healthy.examples]) note(plain(example));
}

/** `switchboard verify deliveries`. */
export function deliveriesVerifyCommand(): Command {
  return new Command("deliveries")
    .description(
      "Events to receivers that fail, hang, say 410 and are killed: each arrives at least once, its id stays, its conversation's order is kept or said. The desk must be allowed to call them: OUTBOUND_ALLOW=127.0.0.1, as the open demo is.",
    )
    .option("--receiver-fail <share>", "share of the calls that one receiver fails", numberFrom(0, 0.9), 0.3)
    .option("--events <n>", "events that are sent", wholeNumber(1, 100_000), 1000)
    .option("--conversations <n>", "conversations that they are of", wholeNumber(1, 5000), 100)
    .option("--rate <n>", "events a second", wholeNumber(1, 5000), 50)
    .option("--chaos", "kill -9 workers meanwhile (the embedded system only)")
    .option(
      "--quiet-within <s>",
      "how long the desk may take to finish after the last event",
      wholeNumber(1, 3600),
      180,
    )
    .option("--seed <n>", "the same choices again", wholeNumber(0, 2 ** 31))
    .option("--url <address>", "the API; default: HOST and PORT")
    .option("--i-know-what-this-does", "run it against a desk that is not the embedded one (it kills nothing of it)")
    .option("--json", "one line of JSON: holds, seed, zeros, failing, healthy, gone, kills")
    .addHelpText("after", "\nExample:\n  $ switchboard verify deliveries --receiver-fail 0.3 --chaos")
    .action(verifyDeliveries);
}
