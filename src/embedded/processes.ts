import { type ChildProcess, execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { pause, waitAtMost } from "../runtime/deadline.js";

/** A signal, and how long its effect is waited for, ms. */
export type Step = [signal: NodeJS.Signals, waitMs: number];

/** Whether a process of that id runs (one that has ended and waits for its parent counts as gone). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return processState(pid) !== "Z";
}

function processState(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[0] ?? "";
  } catch {
    return "";
  }
}

/**
 * What tells a process from a later one of the same id: its start time, with the machine's boot where the system tells it;
 * "" when no such process runs.
 */
export function processIdentity(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const startTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${startTicks}`;
  } catch {
    return process.platform === "linux" ? "" : ps(["-o", "lstart=", "-p", String(pid)]).trim();
  }
}

function ps(args: string[]): string {
  try {
    return execFileSync("ps", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}

interface RunningCommand {
  pid: number;
  /** argv[0], or the title that the process gave itself; where the system does not part them, the whole line. */
  program: string;
  line: string;
}

function runningCommands(): RunningCommand[] {
  if (process.platform !== "linux") {
    return ps(["-axo", "pid=,command="])
      .split("\n")
      .map((row) => {
        const line = row.trim().replace(/^\d+\s+/, "");
        return { pid: Number.parseInt(row, 10), program: line, line };
      });
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const args = commandLine(Number(name));
      return { pid: Number(name), program: args[0] ?? "", line: args.join(" ") };
    });
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/**
 * Processes whose command line carries the mark. Postgres, the queue server and our children show the system's random id
 * in it (`cluster_name`, `proc-title-template`, argv[0]), so that what a killed parent left behind is found by what it is,
 * never by a process id that may long be somebody else's. `program` tells them from an editor that was given the mark.
 */
export function processesMarked(mark: string, program: RegExp): RunningCommand[] {
  return runningCommands().filter(
    (running) =>
      running.pid !== process.pid &&
      program.test(running.program) &&
      running.line.includes(mark) &&
      isAlive(running.pid),
  );
}

/** Sends each step's signal to what is still there and waits; resolves with what is left after the last one. */
export async function stopProcesses(pids: readonly number[], steps: readonly Step[]): Promise<number[]> {
  let left = pids.filter(isAlive);
  for (const [signal, waitMs] of steps) {
    for (const pid of left) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has just ended, or is not ours: `left` tells.
      }
    }
    const end = Date.now() + waitMs;
    while (left.length > 0 && Date.now() < end) {
      await pause(20);
      left = left.filter(isAlive);
    }
    if (left.length === 0) break;
  }
  return left;
}

/** How a child ended, in words: `exit 1`, `SIGKILL`. Resolves at once for one that has ended already. */
export function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    const told = () => child.signalCode ?? `exit ${child.exitCode}`;
    if (child.exitCode !== null || child.signalCode !== null) return resolve(told());
    child.once("exit", () => resolve(told()));
    child.once("error", (error) => resolve(error.message));
  });
}

/** SIGKILL goes to the child's whole group (each of our children leads one): what it forked could not be told otherwise. */
function signalChild(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(signal === "SIGKILL" ? -pid : pid, signal);
  } catch {
    // It has just ended.
  }
}

/** Stops a child by the steps' signals and resolves when it has ended. */
export async function stopChild(child: ChildProcess, exited: Promise<string>, steps: readonly Step[]): Promise<void> {
  for (const [signal, waitMs] of steps) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    signalChild(child.pid, signal);
    await waitAtMost(waitMs, exited);
  }
}
