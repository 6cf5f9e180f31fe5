import { Command } from "commander";
import { Follower } from "../../src/bus/follower.js";
import { openBus } from "../../src/bus/open-bus.js";
import type { SequencedEvent } from "../../src/contract/events.js";
import { readRequestEvents } from "../../src/db/queries/read-outbox.js";
import { pause } from "../../src/runtime/deadline.js";
import { createLogger } from "../../src/runtime/logger.js";
import { withDesk } from "../desk.js";
import { sentenceOf } from "../explain-error.js";
import { Failure } from "../failure.js";
import { note, say, sayJson } from "../output.js";
import { eventLine } from "../tail/print-event.js";
import { untilInterrupted } from "../until-interrupted.js";

interface TailOptions {
  request?: string;
  stream?: string;
  json?: true;
}

/** How far back a request's events are looked for: its index is none, and who asks has just seen it. */
const lookBack = 10_000;
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

async function tail(options: TailOptions): Promise<void> {
  const { request, stream } = options;
  const print = (event: SequencedEvent) => {
    if (request !== undefined && event.request_id !== request) return;
    if (stream !== undefined && event.stream !== stream) return;
    if (options.json) return sayJson(event);
    const { isTTY, columns } = process.stdout;
    say(eventLine(event, { width: isTTY ? columns : Number.POSITIVE_INFINITY, coloured: isTTY ?? false }));
  };
  await withDesk(({ config, db }) =>
    untilInterrupted(async (signal) => {
      const logger = createLogger("switchboard-tail", { LOG_LEVEL: "silent", LOG_FORMAT: "json" });
      const { redisUrl, databaseUrl } = config;
      const bus = await openBus({ redisUrl, databaseUrl, db, name: "switchboard-tail", logger });
      // What comes live while the past is read waits for it.
      let held: SequencedEvent[] | null = request === undefined ? null : [];
      const follower = new Follower({
        bus,
        db,
        logger,
        onEvents: (events) => {
          if (held) held.push(...events);
          else for (const event of events) print(event);
        },
      });
      try {
        await startFollower(follower, signal);
        const upTo = follower.seq;
        if (request !== undefined && !signal.aborted) {
          const past = await readRequestEvents(db.kysely, request, { after: upTo - lookBack, upTo });
          for (const event of past) print(event);
          if (past.length === 0)
            note(`nothing yet of request ${request} among the last ${lookBack} events; Ctrl-C ends`);
        }
        for (const event of held ?? []) print(event);
        held = null;
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      } finally {
        await follower.stop();
        await bus.close();
      }
    }),
  );
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
      `only what a request caused (X-Request-Id); what it caused already, of the last ${lookBack} events, first`,
    )
    .option("--stream <stream>", "only this stream: agents, conversation:<id>, desk")
    .option("--json", "one JSON object a line: the whole event")
    .addHelpText("after", "\nExample:\n  $ switchboard tail --stream agents")
    .action(tail);
}
