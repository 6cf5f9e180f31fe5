import type { Logger } from "./logger.js";

/** What runs: started once, stopped once. `stop` drains what is under way and resolves when nothing is left running. */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A service made of two functions. */
export function service(name: string, start: () => Promise<void>, stop: () => Promise<void>): Service {
  return { name, start, stop };
}

/** Starts the services in order; when one fails, stops those before it in reverse order and throws its error. */
export async function startAll(services: readonly Service[]): Promise<void> {
  for (const [index, item] of services.entries()) {
    try {
      await item.start();
    } catch (error) {
      await stopAll(services.slice(0, index));
      throw error;
    }
  }
}

/**
 * Stops the services in reverse order. One that fails to stop does not keep the others from stopping; nor does one that
 * waits for what can no longer come, such as an answer over a connection that is gone: with nothing else open, Node
 * would end the process there without a word.
 */
export async function stopAll(services: readonly Service[], logger?: Logger): Promise<void> {
  for (const item of [...services].reverse()) {
    let nothingLeft: () => void = () => undefined;
    const waitsInVain = new Promise<void>((resolve) => {
      nothingLeft = () => {
        logger?.warn({ service: item.name }, "nothing is left that this stop could wait for");
        resolve();
      };
    });
    process.once("beforeExit", nothingLeft);
    try {
      await Promise.race([item.stop(), waitsInVain]);
    } catch (error) {
      logger?.error({ service: item.name, err: error }, "stop failed");
    } finally {
      process.off("beforeExit", nothingLeft);
    }
  }
}

/**
 * Runs a process: starts all, stops all on SIGTERM or SIGINT, within `timeoutMs`; what is not done by then is cut off
 * with exit 1. A second signal changes nothing. A failed start logs one sentence and exits with 1.
 */
export async function runProcess(logger: Logger, services: readonly Service[], timeoutMs: number): Promise<void> {
  let stopping = false;
  const stop = (reason: string, code: number) => {
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, "stopping");
    setTimeout(() => {
      logger.error({ timeoutMs }, "drain took too long, cut off");
      process.exit(1);
    }, timeoutMs).unref();
    void stopAll(services, logger).then(() => {
      logger.info("stopped");
      logger.flush(() => process.exit(code));
    });
  };
  process.on("SIGTERM", () => stop("SIGTERM", 0));
  process.on("SIGINT", () => stop("SIGINT", 0));
  process.on("disconnect", () => stop("parent gone", 0));
  process.on("uncaughtException", (error) => {
    logger.fatal({ err: error }, "uncaught");
    stop("uncaught error", 1);
  });
  process.on("unhandledRejection", (error) => {
    logger.fatal({ err: error }, "unhandled rejection");
    stop("unhandled rejection", 1);
  });
  try {
    await startAll(services);
    // Under a supervisor: this process is up.
    process.send?.("ready");
  } catch (error) {
    logger.fatal({ err: error }, "could not start");
    logger.flush(() => process.exit(1));
  }
}
