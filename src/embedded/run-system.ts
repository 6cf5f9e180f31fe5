import { ConfigError, environment } from "../runtime/config.js";
import { createLogger } from "../runtime/logger.js";
import { type DataDir, openDataDir } from "./data-dir.js";
import { StartError } from "./start-error.js";
import { parseStartOptions, usage } from "./start-options.js";
import { System, type SystemPrograms } from "./system.js";
import { planSystem, refuseFreshElsewhere } from "./system-environment.js";

/** All of the ordered stop fits into this; what is left then is cut off by the end of this process. */
const stopTimeoutMs = 12_000;

/**
 * The process behind `npm start`: starts the system, says where it is, keeps it running, stops it in order on SIGINT,
 * SIGTERM or SIGHUP (exit 0). What keeps it from starting is told in one sentence (each wrong setting in one): exit 2 for a
 * wrong flag, 78 for a wrong setting, else 1.
 */
export async function runSystem(args: string[], programs: SystemPrograms): Promise<void> {
  let dataDir: DataDir | undefined;
  let system: System | undefined;
  let ending: Promise<void> | null = null;
  let stopAsked: () => void = () => undefined;
  const stop = new Promise<null>((resolve) => {
    stopAsked = () => resolve(null);
  });

  const end = (exitCode: number): Promise<void> => {
    ending ??= (async () => {
      setTimeout(() => process.exit(1), stopTimeoutMs).unref();
      await system?.stop();
      dataDir?.release();
      process.exit(exitCode);
    })();
    return ending;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopAsked());
  // It was started by a command for its own run, and that is gone.
  process.on("disconnect", () => stopAsked());
  const fatal = (error: unknown) => {
    if (ending === null) tell(error);
    void end(1);
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);

  try {
    const options = parseStartOptions(args);
    if (options.help) return void process.stdout.write(usage);
    const env = environment();
    const plan = planSystem(env);
    refuseFreshElsewhere(plan, options.fresh);
    const logger = createLogger("start", plan.settings);
    dataDir = await openDataDir(plan.dataDir, { fresh: options.fresh, logger });
    system = new System({ plan, options, programs, env, logger });
    const started = await Promise.race([system.start(), system.failed, stop]);
    if (started instanceof StartError) throw started;
    if (started !== null) {
      process.stdout.write(`${started.join("\n")}\n`);
      await stop;
    }
    process.stdout.write("stopping\n");
    await end(0);
  } catch (error) {
    tell(error);
    await end(error instanceof StartError ? error.exitCode : error instanceof ConfigError ? 78 : 1);
  }
}

function tell(error: unknown): void {
  const sentences =
    error instanceof ConfigError
      ? error.problems
      : [error instanceof StartError ? error.message : error instanceof Error ? (error.stack ?? error.message) : error];
  for (const sentence of sentences) process.stderr.write(`switchboard: ${sentence}\n`);
}
