import { setMaxListeners } from "node:events";
import type { Desk } from "../desk.js";
import { Failure, UsageError } from "../failure.js";

/** What every claim that is verified may be told. */
export interface CommonOptions {
  url?: string;
  iKnowWhatThisDoes?: true;
  json?: true;
}

/** Refuses a desk that is not the embedded one, unless it was said that it may. Returns the API's address. */
export function requireLeave(desk: Desk, options: CommonOptions): string {
  if (!desk.config.embedded && !options.iKnowWhatThisDoes) {
    throw new UsageError(
      "this desk is not the embedded one: the claim makes users and messages there and removes them again; " +
        "say --i-know-what-this-does if it may",
    );
  }
  return options.url ?? `http://${desk.config.HOST}:${desk.config.PORT}`;
}

/** Ends a run that Ctrl-C cut off before it is judged: its load is half done, and what it would find explains itself by that. */
export function endIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure("the run was cut off: what it made is removed, and nothing is judged");
}

/** Runs `work` until it ends or Ctrl-C asks it to; interrupted, it exits with 1. */
export async function untilAsked<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  // Everything that waits listens, hundreds of calls at once.
  setMaxListeners(0, stopping.signal);
  const onSignal = () => stopping.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    return await work(stopping.signal);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    if (stopping.signal.aborted) process.exitCode = 1;
  }
}
