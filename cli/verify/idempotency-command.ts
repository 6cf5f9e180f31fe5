import { Command } from "commander";
import type { Desk } from "../desk.js";
import { wholeNumber } from "../options.js";
import { formatTable, note, plain, say, sayJson } from "../output.js";
import { startProgress } from "../progress.js";
import { seededRandom } from "../seeded-random.js";
import { readApiDocument } from "./api-document.js";
import { isWriting } from "./idempotency/fixtures.js";
import { openGrounds } from "./idempotency/ground.js";
import { type RouteFigures, tryRoute } from "./idempotency/idempotency.js";
import { callOnce } from "./idempotency/keyed-caller.js";
import { type CaseFigures, tryCases } from "./idempotency/special-cases.js";
import { type KillFigures, tryKills } from "./idempotency/try-kills.js";
import { withDeskToVerify } from "./own-desk.js";
import { jsonOf, Probe } from "./probe.js";
import { type CommonOptions, requireLeave, untilAsked } from "./running-desk.js";
import { SocketProbe } from "./socket-probe.js";
import { systemProcesses } from "./system-processes.js";

interface IdempotencyCommandOptions extends CommonOptions {
  replays: number;
  parallel: number;
  kills: number;
  route?: string;
  seed?: number;
}

interface Figures {
  routes: RouteFigures[];
  cases: CaseFigures[];
  kills: KillFigures;
}

async function verifyIdempotency(options: IdempotencyCommandOptions): Promise<void> {
  await withDeskToVerify(async (desk) => {
    const url = requireLeave(desk, options);
    const random = seededRandom(options.seed);
    note(`seed ${random.seed}`);
    const figures = await untilAsked((signal) => tryAll(desk, url, options, random.below, signal));
    report(figures, random.seed, options.json ?? false);
  }, 4);
}

async function tryAll(
  desk: Desk,
  url: string,
  options: IdempotencyCommandOptions,
  below: (limit: number) => number,
  signal: AbortSignal,
): Promise<Figures> {
  const document = await readApiDocument(url);
  const routes = document.routes.filter((route) => isWriting(route) && route.name.includes(options.route ?? ""));
  const probe = new Probe(url, options.parallel + 2);
  const grounds = await openGrounds(desk, async (path, as, body) => {
    const answer = await callOnce(probe, { method: "POST", path, as, body, requestId: "verify-made" });
    return { status: answer.status, body: (jsonOf(answer.text) ?? {}) as Record<string, unknown> };
  });
  const progress = startProgress(routes.length, "routes");
  const [watcher] = grounds.admins;
  const socket = { url: `${url.replace(/^http/, "ws")}/ws/agents/`, token: watcher.token, by: "query" } as const;
  const { probe: watching } = await SocketProbe.open(socket);
  const talks: SocketProbe[] = [];
  const watchTalk = async (conversationId: number) => {
    const door = { ...socket, url: socket.url.replace("/ws/agents/", `/ws/chat/${conversationId}/`) };
    const { probe: talk } = await SocketProbe.open(door);
    if (talk) talks.push(talk);
    return talk?.frames ?? [];
  };
  try {
    const parts = { probe, db: desk.db, grounds, frames: watching?.frames ?? [], watchTalk };
    const figures: RouteFigures[] = [];
    for (const route of routes) {
      if (signal.aborted) break;
      figures.push(await tryRoute(parts, route, options));
      progress.update(figures.length, figures.length);
    }
    const cases = options.route === undefined ? await tryCases(parts) : [];
    const kill = () => {
      const victims = desk.config.embedded ? systemProcesses(desk.config.dataDir, "api") : [];
      for (const pid of victims) process.kill(pid, "SIGKILL");
      return victims.length > 0;
    };
    // Presence and typing are told once and kept nowhere: who dies in between tells it again or never.
    const stored = routes.filter(({ name }) => !/\/(presence|typing)\/$/.test(name));
    const kills = await tryKills(parts, stored, { ...options, below, kill, signal });
    return { routes: figures, cases, kills };
  } finally {
    progress.stop();
    watching?.close();
    for (const talk of talks) talk.close();
    probe.close();
    await grounds.remove();
  }
}

function report({ routes, cases, kills }: Figures, seed: number, json: boolean): void {
  const findings = [
    ...routes.flatMap(({ route, findings }) => findings.map((finding) => `${route}: ${finding}`)),
    ...cases.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`)),
    ...kills.findings,
  ];
  const holds = findings.length === 0 && routes.length > 0;
  if (!holds) process.exitCode = 1;
  if (json) {
    sayJson({ claim: "idempotency", holds, seed, findings, routes, cases, kills });
    return;
  }
  const rows = routes.map((one) => [
    one.route,
    String(one.status),
    Object.entries(one.keyed)
      .map(([what, n]) => `${what} ${n > 0 ? "+" : ""}${n}`)
      .join(", "),
    `${one.replayed} of ${one.answers}`,
    String(one.underWay),
    one.findings.length === 0 ? "holds" : "DOES NOT HOLD",
  ]);
  say(formatTable(["route", "status", "one effect", "replayed", "under way", ""], rows));
  const { none, some, all } = kills.answered;
  const more = [
    ...cases.map(({ name, findings: found }) => [name, found.length === 0 ? "holds" : "DOES NOT HOLD"]),
    ["API processes killed while calls were under way", String(kills.kills)],
    ["of these before any answer, between answers, after all", `${none}, ${some}, ${all}`],
    ["seed", String(seed)],
    ["findings", String(findings.length)],
  ];
  say(formatTable(["idempotency", holds ? "holds" : "DOES NOT HOLD"], more, 1));
  for (const finding of findings) note(plain(finding));
}

/** `switchboard verify idempotency`. */
export function idempotencyCommand(): Command {
  return new Command("idempotency")
    .description(
      "Every writing call is repeated with one key, at once, one by one, around a kill: one effect, one answer.",
    )
    .option("--replays <n>", "repeats one after the other", wholeNumber(1, 10_000), 20)
    .option("--parallel <n>", "calls at the same moment", wholeNumber(1, 200), 10)
    .option("--kills <n>", "rounds with a kill -9 of the API (the embedded system only)", wholeNumber(0, 10_000), 10)
    .option("--route <text>", "only routes whose method and path hold that")
    .option("--seed <n>", "the same kills again", wholeNumber(0, 2 ** 31))
    .option("--url <address>", "the API; default: HOST and PORT")
    .option("--i-know-what-this-does", "run it against a desk that is not the embedded one (it kills nothing there)")
    .option("--json", "one line of JSON: holds, seed, findings, routes, cases, kills")
    .addHelpText("after", "\nExample:\n  $ switchboard verify idempotency --replays 20 --parallel 10")
    .action(verifyIdempotency);
}
