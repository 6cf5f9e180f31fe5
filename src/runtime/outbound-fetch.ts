import { request as requestByHttp } from "node:http";
import { request as requestByHttps } from "node:https";
import { Transform } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { isFiltered, OutboundFailed, type OutboundOptions, OutboundRefused, pinned } from "./outbound.js";
import { agentFor } from "./outbound-agents.js";
import { findTarget, OutboundAllow, type Target } from "./outbound-target.js";

/** What a library calls `fetch` with: an address, and strings. */
export interface FetchInit {
  method?: string | undefined;
  headers?: unknown;
  body?: unknown;
  signal?: AbortSignal | null | undefined;
}

/** A `fetch` for a library: through the same guard as `openOutbound`, its answer read while it comes in. */
export type OutboundFetch = (url: string | URL | Request, init?: FetchInit) => Promise<Response>;

export interface OutboundFetchOptions extends OutboundOptions {
  /** Longest answer that is read. */
  maxBytes: number;
}

const headBytesMax = 16 * 1024;

/**
 * Only to public addresses, and to what OUTBOUND_ALLOW names; the addresses that were checked are connected to. A redirect
 * is the answer, and followed by nobody. Until when, is the caller's signal: without one there is no end. Throws
 * OutboundRefused and OutboundFailed; the body ends with OutboundFailed where it passes `maxBytes`.
 */
export function openOutboundFetch({ allow, lookup, maxBytes }: OutboundFetchOptions): OutboundFetch {
  const allowed = new OutboundAllow(allow);
  return async (url, init = {}) => {
    try {
      const target = await findTarget(typeof url === "object" && "url" in url ? url.url : String(url), allowed, lookup);
      init.signal?.throwIfAborted();
      return await send(target, init, maxBytes);
    } catch (error) {
      if (error instanceof OutboundRefused || error instanceof OutboundFailed) throw error;
      throw new OutboundFailed("The call failed.", { cause: error });
    }
  };
}

function send(target: Target, init: FetchInit, maxBytes: number): Promise<Response> {
  const { url } = target;
  const request = url.protocol === "https:" ? requestByHttps : requestByHttp;
  const body = typeof init.body === "string" || init.body instanceof Uint8Array ? init.body : undefined;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: init.method ?? "GET",
      headers: {
        ...Object.fromEntries(new Headers(init.headers as ConstructorParameters<typeof Headers>[0])),
        "accept-encoding": "identity",
        ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
      },
      agent: agentFor(target),
      lookup: pinned(target),
      maxHeaderSize: headBytesMax,
      ...(init.signal ? { signal: init.signal } : {}),
    });
    sent.on("error", (error) =>
      reject(isFiltered(error) ? new OutboundRefused("The host is not a public one.") : error),
    );
    sent.on("response", (answer) => {
      const bounded = boundedTo(maxBytes);
      // It may fail before anybody reads it: whoever does then, is told. Unheard, it would end the process.
      bounded.on("error", () => undefined);
      answer.on("error", (error) => bounded.destroy(error));
      answer.on("close", () => {
        if (!answer.complete) bounded.destroy(new OutboundFailed("The answer ended before it was whole."));
      });
      bounded.on("close", () => sent.destroy());
      answer.pipe(bounded);
      const status = answer.statusCode ?? 0;
      const headers = new Headers();
      for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
      const hasBody = status >= 200 && ![204, 205, 304].includes(status);
      // Not Readable.toWeb: who cancels what that made, while more comes in, ends the process (Node 20).
      const stream = hasBody ? ReadableStream.from<Uint8Array>(bounded) : null;
      if (!hasBody) bounded.resume();
      resolve(
        new Response(stream as ConstructorParameters<typeof Response>[0], { status: Math.max(200, status), headers }),
      );
    });
    sent.end(body);
  });
}

/** Lets `maxBytes` pass. */
function boundedTo(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) done(new OutboundFailed(`The answer has more than ${maxBytes} bytes.`));
      else done(null, chunk);
    },
  });
}
