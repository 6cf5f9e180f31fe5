import { randomUUID } from "node:crypto";
import { type FileHandle, open, opendir, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type FileStore, FilesUnavailable, type OpenFile } from "./file-store.js";
import { makeFolder } from "./make-folder.js";

const fileMode = 0o600;
const folderMode = 0o700;
const keyPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Files in a folder of this machine, or one that several share. A file is written under a name of its own in `unfinished`,
 * synced, and then renamed to `<first two digits>/<key>`: under its key it is whole or not there, whatever dies.
 */
export class LocalFiles implements FileStore {
  readonly #folder: string;

  /** Nothing is made or looked at before the first file. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(key: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#pathOf(key);
    const unfinished = join(this.#folder, "unfinished", randomUUID());
    const file = await asUnavailable(async () => {
      makeFolder(dirname(unfinished), folderMode);
      return open(unfinished, "wx", fileMode);
    });
    try {
      try {
        for await (const chunk of content) await asUnavailable(() => writeAll(file, chunk));
        await asUnavailable(() => file.sync());
      } finally {
        await file.close();
      }
      await asUnavailable(async () => {
        makeFolder(dirname(path), folderMode);
        await rename(unfinished, path);
        await syncFolder(dirname(path));
        await syncFolder(this.#folder);
      });
    } catch (error) {
      await unlink(unfinished).catch(() => undefined);
      throw error;
    }
  }

  async open(key: string): Promise<OpenFile | null> {
    return asUnavailable(async () => {
      let file: FileHandle;
      try {
        file = await open(this.#pathOf(key), "r");
      } catch (error) {
        if (codeOf(error) === "ENOENT") return null;
        throw error;
      }
      try {
        const { size } = await file.stat();
        const content = file.createReadStream();
        // Whoever reads it is told; unheard, a disk that fails would end the process.
        content.on("error", () => undefined);
        return { size, content };
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  async remove(key: string): Promise<void> {
    await asUnavailable(() => removeIfThere(this.#pathOf(key)));
  }

  async *keysOfAge({ fromMs, toMs }: { fromMs: number; toMs: number }): AsyncIterable<string> {
    for await (const shard of namesIn(this.#folder)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      for await (const key of namesIn(join(this.#folder, shard))) {
        const ageMs = keyPattern.test(key) ? await ageOf(join(this.#folder, shard, key)) : null;
        if (ageMs !== null && ageMs >= fromMs && ageMs <= toMs) yield key;
      }
    }
  }

  async removeUnfinished(olderThanMs: number): Promise<number> {
    let removed = 0;
    for await (const name of namesIn(join(this.#folder, "unfinished"))) {
      const path = join(this.#folder, "unfinished", name);
      const ageMs = await ageOf(path);
      if (ageMs === null || ageMs < olderThanMs) continue;
      await asUnavailable(() => removeIfThere(path));
      removed++;
    }
    return removed;
  }

  /** Keys are ours, never a sender's; still no other name than a UUID ever becomes part of a path. */
  #pathOf(key: string): string {
    if (!keyPattern.test(key)) throw new Error("a key of a file must be a UUID");
    return join(this.#folder, key.slice(0, 2), key);
  }
}

/** `write` of a file handle may write less than it was given. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.byteLength; ) {
    written += (await file.write(chunk, written, chunk.byteLength - written)).bytesWritten;
  }
}

/** Puts on disk what a folder lists: without it, a renamed file may be gone after a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

async function ageOf(path: string): Promise<number | null> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Names in a folder; none when it is not there. */
async function* namesIn(path: string): AsyncIterable<string> {
  try {
    for await (const { name } of await opendir(path)) yield name;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;
}

/** What the disk says, as the interface says it. */
async function asUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new FilesUnavailable("The files cannot be reached or have no room.", { cause: error });
  }
}
