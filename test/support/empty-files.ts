import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalFiles } from "../../src/runtime/local-files.js";

/** A store without a file, for what is not about files: it makes no folder before its first one. */
export function emptyFiles(): LocalFiles {
  return new LocalFiles(join(tmpdir(), `switchboard-no-files-${randomUUID()}`));
}
