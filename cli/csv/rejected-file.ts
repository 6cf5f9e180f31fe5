import { type FileHandle, open, rm } from "node:fs/promises";
import { Failure } from "../failure.js";
import type { Reject } from "./read-messages.js";

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** The file beside an import that holds what was not imported, and why; it is only there when there is something in it. */
export class RejectedFile {
  readonly path: string;
  #file: FileHandle | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** Removes what an earlier import of the same file left. */
  async start(): Promise<void> {
    await rm(this.path, { force: true }).catch((error: Error) => this.#fail(error));
  }

  async add(rejects: readonly Reject[]): Promise<void> {
    if (rejects.length === 0) return;
    try {
      if (!this.#file) {
        this.#file = await open(this.path, "w");
        await this.#file.appendFile("line,reason,record\n");
      }
      const lines = rejects.map(({ line, reason, record }) => `${line},${cell(reason)},${cell(record)}\n`);
      await this.#file.appendFile(lines.join(""));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  #fail(error: Error): never {
    throw new Failure(`cannot write ${this.path} (${error.message}): name another file with --rejected`);
  }
}
