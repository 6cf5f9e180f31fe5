import type { Readable } from "node:stream";

/** A file that is there, open. Whoever takes it reads `content` to its end or destroys it. */
export interface OpenFile {
  size: number;
  content: Readable;
}

/** The files cannot be written or read now: no room, no folder, no right. Worth another try. */
export class FilesUnavailable extends Error {
  override readonly name = "FilesUnavailable";
}

/**
 * Where the bytes of uploads are, by a key (a UUID) that the caller makes. The rows say which keys count: a file without
 * a row is nothing.
 */
export interface FileStore {
  /**
   * Stores what `content` gives. When it resolves, all of it is on disk and stays there. When `content` throws, that is
   * what is thrown, and nothing is left; so it is when there is no room: FilesUnavailable.
   */
  put(key: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** The file; null when there is none. Throws FilesUnavailable. */
  open(key: string): Promise<OpenFile | null>;
  /** Removes a file; harmless when there is none. Throws FilesUnavailable. */
  remove(key: string): Promise<void>;
  /** Keys of the files written that long ago, ms. */
  keysOfAge(age: { fromMs: number; toMs: number }): AsyncIterable<string>;
  /** Removes what writers that died left half written; nothing younger than `olderThanMs`. How many. */
  removeUnfinished(olderThanMs: number): Promise<number>;
}
