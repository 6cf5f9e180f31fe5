import { chmodSync, existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../runtime/logger.js";
import { makeFolder } from "../runtime/make-folder.js";
import { stopLeftovers } from "./leftovers.js";
import { lockDataDir } from "./lock.js";
import { isOurs, spareFolder } from "./postgres-folder.js";
import { StartError, systemCode } from "./start-error.js";
import { hasSecret } from "./state-file.js";

/** A new database with the demo data takes about 90 MB; under that nothing can be started sensibly. */
const leastFreeBytes = 256 * 1024 * 1024;

/** All that `--fresh` removes; whatever else lies in the folder is not ours. */
const ours = ["postgres", "postgres.new", "queue", "uploads", "postgres.log", "queue.log"];
const oursLast = ["runtime.json", "ports.json", "secrets.json"];

const sentences: Record<string, string> = {
  ENOENT: "is where no folder can be made",
  EACCES: "may not be written by this user",
  EPERM: "may not be written by this user",
  EROFS: "is on a read-only disk",
  ENOSPC: "is on a full disk",
  EDQUOT: "is on a full disk (quota)",
  ENOTDIR: "is not a folder",
  EEXIST: "is not a folder",
};

/** DATA_DIR in use by this process. */
export interface DataDir {
  readonly path: string;
  /** Gives it back to the next start. */
  release(): void;
}

/**
 * Makes DATA_DIR where there is none, takes it for this process, stops what an earlier run left running, and with `fresh`
 * removes its data. Throws StartError in one sentence when it cannot be written, the disk is full, or it is in use.
 */
export async function openDataDir(path: string, options: { fresh: boolean; logger?: Logger }): Promise<DataDir> {
  const release = tellingWhy(path, () => {
    const isNew = !existsSync(path);
    makeFolder(path, 0o711);
    if (isNew) chmodSync(path, 0o711);
    tryWriting(path);
    if (options.fresh) refuseForeign(path);
    return lockDataDir(path);
  });
  try {
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < leastFreeBytes && !options.fresh) {
      throw new StartError(`only ${Math.floor((bavail * bsize) / 1e6)} MB are free at ${path}, 270 are needed`);
    }
    await stopLeftovers(path, options.logger);
    if (options.fresh) removeData(path);
  } catch (error) {
    release();
    throw error;
  }
  return { path, release };
}

function tellingWhy<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const sentence = sentences[systemCode(error)];
    // Nothing but the setting can mend it where no folder can ever be.
    const exitCode = systemCode(error) === "ENOENT" ? 78 : 1;
    if (sentence) throw new StartError(`DATA_DIR ${path} ${sentence}; set another one`, exitCode);
    throw error;
  }
}

function tryWriting(path: string): void {
  const probe = join(path, `.probe.${process.pid}`);
  writeFileSync(probe, "x");
  rmSync(probe);
}

function refuseForeign(path: string): void {
  if (isOurs(path) && (!existsSync(join(path, "secrets.json")) || hasSecret(path, "systemId"))) return;
  throw new StartError(`${path} does not look like a data folder of Switchboard: --fresh removes nothing there`);
}

function removeData(path: string): void {
  tellingWhy(path, () => {
    if (process.getuid?.() === 0 && hasSecret(path, "systemId"))
      rmSync(spareFolder(path), { recursive: true, force: true });
    for (const name of [...ours, ...oursLast]) rmSync(join(path, name), { recursive: true, force: true });
  });
}
