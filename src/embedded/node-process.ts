import { spawn } from "node:child_process";
import { packageRoot } from "../runtime/package-root.js";
import { exitOf, type Step, stopChild } from "./processes.js";
import type { Running } from "./supervisor.js";

/** A Node program of ours. */
export interface Launch {
  name: string;
  /** Absolute path of the built script. */
  script: string;
  args?: string[];
}

/** A program that never says over its channel that it is ready counts as up when it has lived that long. */
const silentUpMs = 2_000;

/** A process drains, then is cut off; with the servers after it all is stopped within 10 s. */
const stopSteps: Step[] = [
  ["SIGTERM", 5_000],
  ["SIGKILL", 500],
];

/**
 * Starts it with that environment. Its output goes where ours goes, as it is. It leads a process group of its own, so that
 * Ctrl-C reaches the parent alone; and it holds a channel to us, whose end tells it that we are gone, however we went
 * (`runProcess` stops on `disconnect`), and over which it says `ready`. Its argv[0] carries the system's mark, by which the next start finds it.
 */
export function startNodeProcess(launch: Launch, mark: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [launch.script, ...(launch.args ?? [])], {
    argv0: `switchboard-${launch.name} (${mark})`,
    cwd: packageRoot,
    env,
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = exitOf(child);
  const up = new Promise<void>((resolve) => {
    child.on("message", (message) => message === "ready" && resolve());
    setTimeout(resolve, silentUpMs).unref();
  });
  return { pid: child.pid ?? 0, exited, up, stop: () => stopChild(child, exited, stopSteps) };
}
