import { Command } from "commander";
import { HttpClient } from "../http-client.js";
import { wholeNumber } from "../options.js";
import { formatTable, note, say, sayJson } from "../output.js";
import { startProgress } from "../progress.js";
import { seededRandom } from "../seeded-random.js";
import { type AssignRaceFigures, assignRace } from "../verify/assign-race.js";
import { makeAssignSet } from "../verify/assign-set.js";
import { type ClaimRaceFigures, claimRace } from "../verify/claim-race.js";
import { counted } from "../verify/counted.js";
import { crashCommand } from "../verify/crash/crash-command.js";
import { deliveriesVerifyCommand } from "../verify/deliveries/deliveries-command.js";
import { idempotencyCommand } from "../verify/idempotency-command.js";
import { isolationCommand } from "../verify/isolation-command.js";
import { withDeskToVerify } from "../verify/own-desk.js";
import { type CommonOptions, requireLeave, untilAsked } from "../verify/running-desk.js";
import { makeStageSet } from "../verify/stage-set.js";
import { streamCommand } from "../verify/stream/stream-command.js";

interface ClaimRaceOptions extends CommonOptions {
  agents: number;
  rounds: number;
}

interface AssignRaceOptions extends ClaimRaceOptions {
  tickets: number;
  killEvery: number;
  seed?: number;
}

async function verifyClaimRace(options: ClaimRaceOptions): Promise<void> {
  await withDeskToVerify(async (desk) => {
    const client = new HttpClient(requireLeave(desk, options), options.agents);
    const set = await makeStageSet(desk, options.agents);
    const progress = startProgress(options.rounds, "rounds");
    try {
      const onRound = (round: number) => progress.update(round, round);
      const figures = await untilAsked((signal) => claimRace(client, set, { rounds: options.rounds, signal, onRound }));
      progress.stop();
      report(figures, options.json ?? false);
    } finally {
      progress.stop();
      client.close();
      await set.remove();
    }
  });
}

async function verifyAssignRace(options: AssignRaceOptions): Promise<void> {
  await withDeskToVerify(async (desk) => {
    const url = requireLeave(desk, options);
    const client = new HttpClient(url, options.agents);
    const random = seededRandom(options.seed);
    const stage = await makeStageSet(desk, options.agents);
    const set = await makeAssignSet(desk, stage, { tickets: options.tickets, url });
    note(`seed ${random.seed}`);
    const progress = startProgress(100, null);
    try {
      const figures = await untilAsked((signal) =>
        assignRace(client, set, {
          rounds: options.rounds,
          killEvery: desk.config.embedded ? options.killEvery : 0,
          below: random.below,
          signal,
          onProgress: (done, all) => progress.update(Math.round((100 * done) / all), Math.round((100 * done) / all)),
        }),
      );
      progress.stop();
      reportAssignRace(figures, random.seed, desk.config.TICKET_CAPACITY, options.json ?? false);
    } finally {
      progress.stop();
      client.close();
      await set.remove();
    }
  }, 10);
}

function reportAssignRace(figures: AssignRaceFigures, seed: number, capacity: number, json: boolean): void {
  const zeros = { "given to two agents": figures.given_twice, forgotten: figures.forgotten, ...figures.faults };
  const most = Math.max(figures.most_held, figures.eight_at_once);
  const holds = most <= capacity && Object.values(zeros).every((count) => count === 0);
  if (!holds) process.exitCode = 1;
  if (json) {
    sayJson({ claim: "assign-race", holds, seed, ...figures });
    return;
  }
  const rows = [
    ["agents, tickets, pulls", `${figures.agents}, ${figures.tickets}, ${figures.pulls}`],
    [`the most that one agent held, of ${capacity}`, String(figures.most_held)],
    ["the most after eight pulls at once", String(figures.eight_at_once)],
    ["rounds of random acts", String(figures.rounds)],
    ["killed between them", counted(figures.kills, "nothing")],
    ["pull, p50 and p99", `${figures.pull_ms.p50} ms, ${figures.pull_ms.p99} ms`],
    ...Object.entries(zeros).map(([fault, count]) => [fault, String(count)]),
  ];
  say(formatTable(["assign-race", holds ? "holds" : "DOES NOT HOLD"], rows, 1));
  note(`acts: ${counted(figures.acts, "")}`);
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
  verify
    .command("assign-race")
    .description(
      "Agents pull at the same moment, then act at random while processes are killed: nobody ever has too many, no ticket two owners.",
    )
    .option("--agents <n>", "agents that pull", wholeNumber(2, 500), 50)
    .option("--tickets <n>", "waiting tickets", wholeNumber(10, 20_000), 2000)
    .option("--rounds <n>", "rounds of random acts", wholeNumber(0, 100_000), 100)
    .option(
      "--kill-every <n>",
      "kill -9 a process of the embedded system every so many rounds; 0: never",
      wholeNumber(0, 1000),
      10,
    )
    .option("--seed <n>", "the same acts again", wholeNumber(0, 2 ** 31))
    .option("--url <address>", "the API; default: HOST and PORT")
    .option("--i-know-what-this-does", "run it against a desk that is not the embedded one (it kills nothing there)")
    .option("--json", "one line of JSON: holds, seed, given_twice, forgotten, most_held, faults, acts, kills")
    .addHelpText("after", "\nExample:\n  $ switchboard verify assign-race --agents 50 --tickets 2000")
    .action(verifyAssignRace);
  verify.addCommand(isolationCommand());
  verify.addCommand(idempotencyCommand());
  verify.addCommand(crashCommand());
  verify.addCommand(streamCommand());
  verify.addCommand(deliveriesVerifyCommand());
  return verify;
}
