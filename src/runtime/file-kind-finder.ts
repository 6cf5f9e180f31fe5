import { type FileKindName, fileKinds } from "./file-kinds.js";

/** What file-type looks at, and where a PDF's last line is. */
const headBytes = 4100;
const tailBytes = 1024;

/** Kinds whose files may be nothing but words, so that words alone do not make them plain text. */
const wordy: ReadonlySet<string> = new Set([
  "application/pdf",
  "application/xml",
  "image/svg+xml",
  "application/rtf",
  "application/postscript",
  "application/eps",
]);

/** No text has these; tab, line feed, form feed and carriage return it has. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/;

/**
 * Finds out what a file is while it is read: from its bytes. Only between plain text and CSV, which no byte tells apart,
 * does the name decide. A name or a media type that the sender gave says nothing.
 */
export class FileKindFinder {
  readonly #head: Uint8Array[] = [];
  #headSize = 0;
  #tail: Uint8Array = new Uint8Array();
  #size = 0;
  #isText = true;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  /** The next bytes of the file. They are copied, as far as they are kept. */
  write(chunk: Uint8Array): void {
    this.#size += chunk.byteLength;
    if (this.#headSize < headBytes) {
      const part = chunk.slice(0, headBytes - this.#headSize);
      this.#head.push(part);
      this.#headSize += part.byteLength;
    }
    this.#tail =
      chunk.byteLength >= tailBytes
        ? chunk.slice(-tailBytes)
        : Uint8Array.from(Buffer.concat([this.#tail, chunk]).subarray(-tailBytes));
    if (this.#isText) this.#isText = this.#reads(chunk, true);
  }

  /** The kind of the file that was written; null: none that we know, or only the beginning of one. */
  async end(name: string): Promise<FileKindName | null> {
    if (this.#isText) this.#isText = this.#size > 0 && this.#reads(new Uint8Array(), false);
    const kind = await this.#find(name);
    return kind !== null && this.#size >= fileKinds[kind].bytesMin ? kind : null;
  }

  async #find(name: string): Promise<FileKindName | null> {
    const head = Buffer.concat(this.#head);
    const { fileTypeFromBuffer } = await import("file-type");
    const found = await fileTypeFromBuffer(head).catch(() => undefined);
    const mime: string | undefined = found?.mime;
    const isWords = this.#isText && (mime === undefined || !(wordy.has(mime) || mime.startsWith("text/")));
    if (isWords) return name.toLowerCase().endsWith(".csv") ? "csv" : "txt";
    if (mime === "image/apng") return "png";
    if (mime === "application/pdf") return this.#endsAsPdf(head) ? "pdf" : null;
    const [kind] = pictureKinds.find(([, { type }]) => type === mime) ?? [];
    return kind ?? null;
  }

  /** A PDF begins with its version and ends with its mark; what has only the first is a fragment. */
  #endsAsPdf(head: Buffer): boolean {
    return /%PDF-\d\.\d/.test(head.toString("latin1", 0, 1024)) && Buffer.from(this.#tail).includes("%%EOF");
  }

  #reads(chunk: Uint8Array, more: boolean): boolean {
    try {
      return !controls.test(this.#decoder.decode(chunk, { stream: more }));
    } catch {
      return false;
    }
  }
}

const pictureKinds = (["jpeg", "png", "gif", "webp"] as const).map((name) => [name, fileKinds[name]] as const);
