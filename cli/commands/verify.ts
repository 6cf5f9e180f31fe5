import { Command } from "commander";
import { withDesk } from "../desk.js";
import { UsageError } from "../failure.js";
import { HttpClient } from "../http-client.js";
import { wholeNumber } from "../options.js";
import { formatTable, note, say, sayJson } from "../output.js";
import { startProgress } from "../progress.js";
import { type ClaimRaceFigures, claimRace } from "../verify/claim-race.js";
import { makeStageSet } from "../verify/stage-set.js";

interface Options {
  agents: number;
  rounds: number;
  url?: string;
  iKnowWhatThisDoes?: true;
  json?: true;
}

async function verifyClaimRace(options: Options): Promise<void> {
  await withDesk(async (desk) => {
    if (!desk.config.embedded && !options.iKnowWhatThisDoes) {
      throw new UsageError(
        "this desk is not the embedded one: the claim makes users and messages there and removes them again; " +
          "say --i-know-what-this-does if it may",
      );
    }
    const url = options.url ?? `http://${desk.config.HOST}:${desk.config.PORT}`;
    const client = new HttpClient(url, options.agents);
    const set = await makeStageSet(desk, options.agents);
    const progress = startProgress(options.rounds, "rounds");
    const stopping = new AbortController();
    const onSignal = () => stopping.abort();
    process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
    let figures: ClaimRaceFigures;
    try {
      const { signal } = stopping;
      const onRound = (round: number) => progress.update(round, round);
      figures = await claimRace(client, set, { rounds: options.rounds, signal, onRound });
    } finally {
      progress.stop();
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
      client.close();
      await set.remove();
    }
    report(figures, options.json ?? false);
    if (stopping.signal.aborted) process.exitCode = 1;
  });
}

function report(figures: ClaimRaceFigures, json: boolean): void {
  const holds = figures.held === figures.rounds;
  if (!holds) process.exitCode = 1;
  if (json) {
    sayJson({ claim: "claim-race", holds, ...figures });
    return;
  }
  const wins = Object.values(figures.wins);
  const rows = [
    ["rounds", String(figures.rounds)],
    ["agents that claim at once", String(figures.agents)],
    [`rounds with one 200 and ${figures.agents - 1} times 409 that names the winner`, String(figures.held)],
    [
      "rounds by number of winners",
      Object.entries(figures.winners)
        .map(([n, count]) => `${n}: ${count}`)
        .join(", "),
    ],
    ["wins of an agent, fewest and most", `${Math.min(...wins)}, ${Math.max(...wins)}`],
    ["claim, p50 and p99", `${figures.claim_ms.p50} ms, ${figures.claim_ms.p99} ms`],
  ];
  say(formatTable(["claim-race", holds ? "holds" : "DOES NOT HOLD"], rows, 1));
  for (const violation of figures.violations) note(violation);
}

/** `switchboard verify`: claims about the running system, tried on it. */
export function verifyCommand(): Command {
  const verify = new Command("verify")
    .description("prove on the running system that its promises hold")
    .addHelpText("after", "\nExample:\n  $ switchboard verify claim-race");
  verify
    .command("claim-race")
    .description("Agents claim one message at the same moment: exactly one gets it, all others are told who did.")
    .option("--agents <n>", "agents that claim", wholeNumber(2, 100), 7)
    .option("--rounds <n>", "messages", wholeNumber(1, 100_000), 200)
    .option("--url <address>", "the API; default: HOST and PORT")
    .option("--i-know-what-this-does", "run it against a desk that is not the embedded one")
    .option("--json", "one line of JSON: holds, rounds, held, winners, wins, claim_ms, violations")
    .addHelpText("after", "\nExample:\n  $ switchboard verify claim-race --agents 7 --rounds 200")
    .action(verifyClaimRace);
  return verify;
}
