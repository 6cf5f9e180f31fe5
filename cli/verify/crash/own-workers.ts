import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { environment } from "../../../src/runtime/config.js";
import { pause } from "../../../src/runtime/deadline.js";
import { packageRoot } from "../../../src/runtime/package-root.js";

const againMs = 300;
const stopWithinMs = 15_000;

/**
 * Further worker processes of the run, started again when they die, as the system's parent does with its own. They show
 * the system's mark, so that the next start finds them if this process is killed; then they also stop by themselves,
 * because their channel to it ends.
 */
export class OwnWorkers {
  readonly #mark: string;
  readonly #running = new Set<ChildProcess>();
  #stopping = false;

  constructor(mark: string) {
    this.#mark = mark;
  }

  start(count: number): void {
    for (let n = 0; n < count; n++) this.#launch();
  }

  get pids(): number[] {
    return [...this.#running].flatMap((child) => child.pid ?? []);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running].map(stopChild));
  }

  #launch(): void {
    const child = spawn(process.execPath, [join(packageRoot, "dist/workers/main.js")], {
      argv0: `switchboard-worker (${this.#mark})`,
      env: { ...environment(), LOG_LEVEL: "error" },
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#running.add(child);
    child.once("error", () => undefined);
    child.once("exit", () => {
      this.#running.delete(child);
      void pause(againMs).then(() => {
        if (!this.#stopping) this.#launch();
      });
    });
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
  await exited;
  clearTimeout(timer);
}
