import { Command } from "commander";
import { wholeNumber } from "../options.js";
import { formatTable, note, plain, say, sayJson } from "../output.js";
import { startProgress } from "../progress.js";
import { seededRandom } from "../seeded-random.js";
import { readApiDocument } from "./api-document.js";
import { columns, type IsolationFigures, isolation } from "./isolation/isolation.js";
import { joinByHttp } from "./isolation/join-by-http.js";
import { makeIsolationStage } from "./isolation/stage.js";
import { withDeskToVerify } from "./own-desk.js";
import { Probe } from "./probe.js";
import { type CommonOptions, requireLeave, untilAsked } from "./running-desk.js";

interface IsolationCommandOptions extends CommonOptions {
  fuzz: number;
  seed?: number;
}

async function verifyIsolation(options: IsolationCommandOptions): Promise<void> {
  await withDeskToVerify(async (desk) => {
    const url = requireLeave(desk, options);
    const { config } = desk;
    const document = await readApiDocument(url);
    const random = seededRandom(options.seed);
    const probe = new Probe(url, 16);
    const stage = await makeIsolationStage(desk);
    note(`seed ${random.seed}`);
    const progress = startProgress(options.fuzz, "requests");
    try {
      await joinByHttp(probe, stage, document);
      const relay = `ws://${config.HOST}:${config.RELAY_PORT}`;
      const figures = await untilAsked((signal) =>
        isolation(
          probe,
          desk.db,
          { stage, document },
          {
            requests: options.fuzz,
            below: random.below,
            sockets: [url.replace(/^http/, "ws"), ...(options.url === undefined ? [relay] : [])],
            openDemo: config.openDemo,
            visibility: config.AGENT_VISIBILITY,
            signal,
            onProgress: (done) => progress.update(done, done),
          },
        ),
      );
      progress.stop();
      report(figures, { seed: random.seed, visibility: config.AGENT_VISIBILITY, json: options.json ?? false });
    } finally {
      progress.stop();
      probe.close();
      await stage.remove();
    }
  }, 4);
}

function report(figures: IsolationFigures, told: { seed: number; visibility: string; json: boolean }): void {
  const holds = figures.findings === 0 && figures.requests > 0;
  if (!holds) process.exitCode = 1;
  const { seed, visibility, json } = told;
  if (json) {
    sayJson({ claim: "isolation", holds, seed, visibility, ...figures });
    return;
  }
  const routes = Object.entries(figures.outcomes).map(([route, byParty]) => [
    route,
    ...columns.map(({ of }) => counted(of.map((party) => byParty[party] ?? {}))),
  ]);
  say(formatTable(["route", ...columns.map(({ title }) => title)], routes));
  const { sockets } = figures;
  const doors = Object.entries(sockets?.doors ?? {}).map(([party, counts]) => `${party} ${counted([counts])}`);
  const rows = [
    ["requests on routes of /openapi.json", `${figures.requests} on ${figures.routes}`],
    ["foreign compared with unknown", String(figures.compared)],
    ["sockets tried, by who and outcome", doors.join("; ") || "none"],
    ["frames judged", String(sockets?.frames ?? 0)],
    ["sockets given another's token", String(sockets?.swapped ?? 0)],
    ["chat sockets", sockets?.chat ? "tried" : "not served"],
    ["AGENT_VISIBILITY", visibility],
    ["told to wait (429)", String(figures.limited)],
    ["seed", String(seed)],
    ["findings", String(figures.findings)],
  ];
  say(formatTable(["isolation", holds ? "holds" : "DOES NOT HOLD"], rows, 1));
  for (const { fault, times, request, answer } of figures.shown) {
    note(`${plain(fault)} (${times} times)`);
    note(`  ${plain(request)}`);
    if (answer) note(`  -> ${plain(answer)}`);
  }
}

/** `200 x 12, 404 x 3`. */
function counted(all: readonly Record<string, number>[]): string {
  const sums = new Map<string, number>();
  for (const counts of all)
    for (const [status, n] of Object.entries(counts)) sums.set(status, (sums.get(status) ?? 0) + n);
  return [...sums]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([status, n]) => `${status} x ${n}`)
    .join(", ");
}

/** `switchboard verify isolation`. */
export function isolationCommand(): Command {
  return new Command("isolation")
    .description("Everybody calls every route and opens every socket at random: nobody is shown what is not theirs.")
    .option("--fuzz <n>", "requests", wholeNumber(1, 10_000_000), 10_000)
    .option("--seed <n>", "the same choices again", wholeNumber(0, 2 ** 31))
    .option("--url <address>", "the API; default: HOST and PORT")
    .option("--i-know-what-this-does", "run it against a desk that is not the embedded one")
    .option("--json", "one line of JSON: holds, seed, requests, outcomes, compared, sockets, findings, shown")
    .addHelpText("after", "\nExample:\n  $ switchboard verify isolation --fuzz 10000")
    .action(verifyIsolation);
}
