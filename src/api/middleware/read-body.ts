import type { IncomingMessage } from "node:http";
import { Refusal } from "../../domain/errors.js";
import type { ApiContext } from "../environment.js";

const tooLarge = (maxBytes: number) => new Refusal("too_large", `The body has more than ${maxBytes} bytes.`);

/**
 * The request's body, at most `maxBytes`; a larger one is refused as soon as it shows, with or without Content-Length.
 * Throws `too_large`, and `invalid_json` when the client goes away in the middle.
 */
export async function readBody(c: ApiContext, maxBytes: number): Promise<Uint8Array> {
  const incoming = c.env?.incoming;
  if (incoming) return readIncoming(incoming as IncomingMessage, maxBytes);
  const body = new Uint8Array(await c.req.raw.arrayBuffer());
  if (body.byteLength > maxBytes) throw tooLarge(maxBytes);
  return body;
}

function readIncoming(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (finish: () => void) => {
      incoming.off("data", onData).off("end", onEnd).off("error", onCut).off("close", onCut);
      finish();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) settle(() => reject(tooLarge(maxBytes)));
      else chunks.push(chunk);
    };
    const onEnd = () => settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const onCut = () => settle(() => reject(new Refusal("invalid_json", "The body ended before it was whole.")));
    incoming.on("data", onData).on("end", onEnd).on("error", onCut).on("close", onCut);
  });
}
