import { statfs } from "node:fs/promises";
import { makeFolder } from "../../src/runtime/make-folder.js";
import { sentenceOf } from "../explain-error.js";
import { type Check, fail, ok, warn } from "./check.js";

const gib = 1024 ** 3;
const diskWarnBytes = 2 * gib;
const diskFailBytes = 0.2 * gib;
/** package.json's `engines`. */
const oldestNode = [20, 19] as const;

export function checkNode(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const new_enough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return new_enough
    ? ok("Node", version)
    : fail("Node", version, `Node ${oldestNode.join(".")} or newer is needed: install it`);
}

/** Space on the disk that holds DATA_DIR. */
export async function checkDisk(dataDir: string): Promise<Check> {
  try {
    makeFolder(dataDir, 0o711);
    const disk = await statfs(dataDir);
    const free = disk.bavail * disk.bsize;
    const found = `${(free / gib).toFixed(1)} GiB free in ${dataDir}`;
    if (free < diskFailBytes) return fail("disk", found, "make room, or set DATA_DIR to another disk");
    if (free < diskWarnBytes) return warn("disk", found, "make room before it is full");
    return ok("disk", found);
  } catch (error) {
    return fail("disk", sentenceOf(error), "set DATA_DIR to a folder that this user may write");
  }
}
