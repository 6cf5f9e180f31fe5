import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processIdentity } from "./processes.js";
import { StartError, systemCode } from "./start-error.js";

/**
 * Takes DATA_DIR for this process: one system runs in it at a time. Returns what gives it back. Throws StartError with the
 * holder's pid when another one runs. A lock whose holder is gone (killed, or its pid now another program's) is taken over.
 */
export function lockDataDir(dataDir: string): () => void {
  const path = join(dataDir, "switchboard.lock");
  const mine = `${path}.${process.pid}`;
  const content = `${process.pid} ${processIdentity(process.pid)}\n`;
  rmSync(mine, { force: true });
  writeFileSync(mine, content, { mode: 0o644, flag: "wx" });
  try {
    // A hard link is made whole or not at all: nobody reads half a lock, and only one of two makes it.
    while (!linked(mine, path)) takeOver(dataDir, path, mine);
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (read(path) === content) rmSync(path, { force: true });
  };
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Removes a dead holder's lock. It is renamed first: had another start just taken over, it would be theirs, and goes back. */
function takeOver(dataDir: string, path: string, mine: string): void {
  const seen = read(path);
  refuseLiving(dataDir, seen);
  const aside = `${mine}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  const taken = read(aside);
  if (taken !== seen) linked(aside, path);
  rmSync(aside, { force: true });
}

function refuseLiving(dataDir: string, lock: string): void {
  const [pid, identity] = lock.trim().split(/ (.*)/s);
  if (!pid || !identity || processIdentity(Number(pid)) !== identity) return;
  throw new StartError(`Switchboard already runs on ${dataDir} (pid ${pid}); stop it first, or set another DATA_DIR`);
}
