import type { Logger } from "../runtime/logger.js";
import { processesMarked, stopProcesses } from "./processes.js";
import { StartError } from "./start-error.js";
import { keptSecret } from "./state-file.js";

/** What all processes of the system in DATA_DIR show in their command lines, and no other system's do. */
export function markOf(dataDir: string): string {
  return `switchboard-${keptSecret(dataDir, "systemId")}`;
}

/**
 * Stops what a killed parent left of the system in DATA_DIR: our own processes (they have noticed by themselves and are
 * draining), then the queue server, then Postgres. Throws StartError when one of them cannot be stopped.
 */
export async function stopLeftovers(dataDir: string, logger?: Logger): Promise<void> {
  await stopLeftProcesses(dataDir, logger);
  await stopLeftQueueServer(dataDir, logger);
  await stopLeftPostgres(dataDir, logger);
}

async function stopLeftProcesses(dataDir: string, logger?: Logger): Promise<void> {
  const left = processesMarked(markOf(dataDir), /^switchboard-/).map(({ pid }) => pid);
  if (left.length > 0) logger?.warn({ pids: left }, "waiting for processes that an earlier run left behind");
  refuseStuck(
    "process",
    await stopProcesses(left, [
      ["SIGTERM", 10_000],
      ["SIGKILL", 2_000],
    ]),
  );
}

/** Stops the queue server of an earlier run, or of one whose connection to us was lost. */
export async function stopLeftQueueServer(dataDir: string, logger?: Logger): Promise<void> {
  const left = processesMarked(markOf(dataDir), /^(redis|valkey)-server /).map(({ pid }) => pid);
  if (left.length > 0) logger?.warn({ pids: left }, "stopping the queue server that an earlier run left behind");
  refuseStuck(
    "queue server",
    await stopProcesses(left, [
      ["SIGTERM", 2_000],
      ["SIGKILL", 2_000],
    ]),
  );
}

/** A server's own first word, and that of its sessions (`postgres: switchboard-…: …`). */
export const postgresProgram = /(^|\/)postgres($|[ :])/;

/** Stops the Postgres of an earlier run, in order; and the sessions that a killed server left. */
export async function stopLeftPostgres(dataDir: string, logger?: Logger): Promise<void> {
  const mark = markOf(dataDir);
  const servers = processesMarked(mark, postgresProgram).filter(({ line }) => line.includes(" -D "));
  const pids = servers.map(({ pid }) => pid);
  if (pids.length > 0) logger?.warn({ pids }, "stopping the Postgres that an earlier run left behind");
  await stopProcesses(pids, [
    ["SIGINT", 8_000],
    ["SIGQUIT", 3_000],
    ["SIGKILL", 2_000],
  ]);
  const sessions = processesMarked(mark, postgresProgram).map(({ pid }) => pid);
  refuseStuck(
    "Postgres",
    await stopProcesses(sessions, [
      ["SIGQUIT", 1_000],
      ["SIGKILL", 2_000],
    ]),
  );
}

function refuseStuck(what: string, pids: readonly number[]): void {
  if (pids.length === 0) return;
  throw new StartError(`an earlier run's ${what} (pid ${pids.join(", ")}) cannot be stopped; stop it by hand`);
}
