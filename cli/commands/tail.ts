import { Command, InvalidArgumentError } from "commander";
import { Follower } from "../../src/bus/follower.js";
import { openBus } from "../../src/bus/open-bus.js";
import type { SequencedEvent } from "../../src/contract/events.js";
import { readHead } from "../../src/db/queries/read-events.js";
import { QueueJobs } from "../../src/queue/jobs.js";
import { openStore } from "../../src/queue/open-store.js";
import { pause } from "../../src/runtime/deadline.js";
import { createLogger } from "../../src/runtime/logger.js";
import { type Desk, withDesk } from "../desk.js";
import { sentenceOf } from "../explain-error.js";
import { Failure } from "../failure.js";
import { note, say, sayJson } from "../output.js";
import { FollowRequest } from "../tail/follow-request.js";
import { eventLine } from "../tail/print-event.js";
import { stepJson, stepLine } from "../tail/print-step.js";
import { untilInterrupted } from "../until-interrupted.js";

interface TailOptions {
  request?: string;
  stream?: string;
  lookBack: number;
  log: string[];
  once?: true;
  json?: true;
}

/** How far back a request's events are looked for: its index is none, and who asks has just seen it. */
const lookBackEvents = 10_000;
const wide = Number.POSITIVE_INFINITY;
const startWithinMs = 5000;
const startEveryMs = 100;

/** The bus is opened unconnected: it gets a while to come. */
async function startFollower(follower: Follower, signal: AbortSignal): Promise<void> {
  const end = Date.now() + startWithinMs;
  for (;;) {
    try {
      return await follower.start();
    } catch (error) {
      if (signal.aborted) return;
      if (Date.now() > end) throw new Failure(`the bus or the database does not answer: ${sentenceOf(error)}`);
      await pause(startEveryMs, signal);
    }
  }
}

const silent = () => createLogger("switchboard-tail", { LOG_LEVEL: "silent", LOG_FORMAT: "json" });

/** Hands on what is published until Ctrl-C. `begin` runs first, once the bus is there; what comes meanwhile waits. */
async function follow(
  { config, db }: Desk,
  onEvent: (event: SequencedEvent) => void,
  begin: (upTo: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await untilInterrupted(async (signal) => {
    const logger = silent();
    const { redisUrl, databaseUrl } = config;
    const bus = await openBus({ redisUrl, databaseUrl, db, name: "switchboard-tail", logger });
    let held: SequencedEvent[] | null = [];
    const follower = new Follower({
      bus,
      db,
      logger,
      onEvents: (events) => {
        if (held) held.push(...events);
        else for (const event of events) onEvent(event);
      },
    });
    try {
      await startFollower(follower, signal);
      if (signal.aborted) return;
      const began = begin(follower.seq, signal);
      for (const event of held) onEvent(event);
      held = null;
      await began;
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    } finally {
      await follower.stop();
      await bus.close();
    }
  });
}

/** All events, or those of a stream, as they come. */
async function tailStream(desk: Desk, { stream, json }: TailOptions): Promise<void> {
  const print = (event: SequencedEvent) => {
    if (stream !== undefined && event.stream !== stream) return;
    if (json) return sayJson(event);
    const { isTTY, columns } = process.stdout;
    say(eventLine(event, { width: isTTY ? columns : wide, coloured: isTTY ?? false }));
  };
  await follow(desk, print, async () => undefined);
}

/** One request's life: what is kept of it, then what comes. */
async function tailRequest(desk: Desk, requestId: string, options: TailOptions): Promise<void> {
  const { config, db } = desk;
  const { redisUrl, databaseUrl } = config;
  const store = await openStore({ redisUrl, databaseUrl, name: "switchboard-tail", logger: silent() });
  const life = new FollowRequest({
    db,
    jobs: new QueueJobs(store),
    requestId,
    logs: options.log,
    onStep: (step, since) => {
      if (options.json) return sayJson(stepJson(step, since));
      const { isTTY, columns } = process.stdout;
      say(stepLine(step, since, isTTY ? columns : wide));
    },
    onNote: note,
  });
  const past = async (upTo: number) => {
    const told = await life.past(upTo, options.lookBack);
    if (told > 0) return;
    note(
      `nothing yet of request ${requestId} among the last ${options.lookBack} events${options.once ? "" : "; Ctrl-C ends"}`,
    );
  };
  try {
    if (options.once) await past((await readHead(db.kysely)).lastSeq);
    else {
      const goOn = async (upTo: number, signal: AbortSignal) => {
        await past(upTo);
        await life.goOn(signal);
      };
      await follow(desk, (event) => life.take(event), goOn);
    }
  } finally {
    await store.close();
  }
}

async function tail(options: TailOptions): Promise<void> {
  const { request } = options;
  await withDesk((desk) => (request === undefined ? tailStream(desk, options) : tailRequest(desk, request, options)));
}

const gather = (value: string, before: string[]) => [...before, value];

function countOption(value: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("a whole number from 1 on");
  return count;
}

/** `switchboard tail`: what happens, as it is published. */
export function tailCommand(): Command {
  return new Command("tail")
    .description(
      "Print events live, as they are published: time, seq, stream and position, type, the job it causes, payload in " +
        "short, request id. Nothing is lost or repeated: holes are filled from the log. Ctrl-C ends it.",
    )
    .option(
      "--request <id>",
      "one request's whole life (X-Request-Id): acts, events, owners, jobs and deliveries, as far as tables, log and queue " +
        "keep them, with the times between, and then what comes",
    )
    .option("--look-back <events>", "with --request: how many events are looked through", countOption, lookBackEvents)
    .option("--log <file>", "with --request: log lines of the processes as well; may be given often", gather, [])
    .option("--once", "with --request: do not wait for what comes")
    .option("--stream <stream>", "only this stream: agents, conversation:<id>, desk")
    .option("--json", "one JSON object a line: the whole event, or step of a request")
    .addHelpText(
      "after",
      "\nExamples:\n  $ switchboard tail --stream agents\n  $ switchboard tail --request 0b6f… --log api.log",
    )
    .action(tail);
}
