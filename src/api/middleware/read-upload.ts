import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { Busboy, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import type { IncomingFile } from "../../commands/store-upload.js";
import { Refusal } from "../../domain/errors.js";
import { type ApiContext, headerOf } from "../environment.js";

/** What a form has besides the file: boundaries, heads of parts, a few fields that nobody reads. */
const formBytesMax = 65_536;

const limits = { files: 1, fields: 10, fieldSize: 1024, parts: 12, headerPairs: 20, headerSize: 4096 };

/**
 * Takes the part `file` of a multipart form while it comes in: nothing waits in memory but what the store has not
 * written yet. A body that says it is too long is refused unread. What is left of the body when `take` has settled is
 * not read. Throws `too_large`; `invalid_body` for what is no such form, and when the sender goes away in the middle.
 */
export async function readUpload<T>(
  c: ApiContext,
  maxBytes: number,
  take: (file: IncomingFile) => Promise<T>,
): Promise<T> {
  const tooLarge = new Refusal("too_large", `The file has more than ${maxBytes} bytes.`);
  if (Number(headerOf(c, "content-length") ?? 0) > maxBytes + formBytesMax) throw tooLarge;
  const parser = openParser(headerOf(c, "content-type") ?? "");
  const source = sourceOf(c);
  const { promise: cut, reject } = rejection();
  let file: Readable | undefined;
  const fail = (refusal: Refusal) => {
    file?.destroy(refusal);
    reject(refusal);
  };
  const onCut = () => fail(unfit("The body ended before it was whole."));
  const taken = new Promise<T>((resolve, refuse) => {
    parser.on("file", (field, stream, name) => {
      file = stream;
      // The parser says so of a stream that may not be read yet; whoever reads it then finds it destroyed.
      stream.on("error", (error: Error) => stream.destroy(error));
      if (field !== "file") fail(unfit("The part of the form is not named file."));
      else take({ name: name ?? "", content: contentOf(stream) }).then(resolve, refuse);
    });
  });
  parser.on("error", onCut);
  parser.on("finish", () => file === undefined && fail(unfit("The form has no part file.")));
  source
    .on("error", onCut)
    .on("close", onCut)
    .on("end", () => source.off("close", onCut));
  // Of the file itself the command counts; this is for what never becomes one.
  let bytes = 0;
  const onData = (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > maxBytes + formBytesMax) fail(tooLarge);
  };
  source.on("data", onData);
  source.pipe(parser);
  try {
    return await Promise.race([taken, cut]);
  } finally {
    source.unpipe(parser);
    source.off("close", onCut).off("data", onData);
    // What the parser still says is about a body that is not read any more.
    taken.catch(() => undefined);
  }
}

function openParser(type: string): BusboyInstance {
  if (!/^multipart\/form-data\s*;/i.test(type)) throw unfit("The body must be multipart/form-data.");
  const headers: BusboyHeaders = { "content-type": type };
  try {
    return new Busboy({ headers, limits, isPartAFile: (_field, _type, name) => name !== undefined });
  } catch {
    throw unfit("The form's boundary is missing.");
  }
}

function sourceOf(c: ApiContext): Readable {
  const incoming = c.env?.incoming;
  if (incoming) return incoming as IncomingMessage;
  const { body } = c.req.raw;
  return body ? Readable.fromWeb(body as ReadableStream<Uint8Array>) : Readable.from([]);
}

/** The bytes; whatever the parser says of its stream is the sender's fault. */
async function* contentOf(stream: Readable): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw error instanceof Refusal ? error : unfit("The body ended before it was whole.");
  }
}

function unfit(detail: string): Refusal {
  return new Refusal("invalid_body", detail, { errors: [{ path: "body.file", message: detail }] });
}

/** A promise that is only ever rejected, and that nobody has to catch. */
function rejection() {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_resolve, refuse) => {
    reject = refuse;
  });
  promise.catch(() => undefined);
  return { promise, reject };
}
