import { type IncomingMessage, type Agent as PlainHttpAgent, request as requestByHttp } from "node:http";
import { request as requestByHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { DeadlineError, withDeadline } from "./deadline.js";
import { agentFor, KeptAgents } from "./outbound-agents.js";
import { findTarget, type Lookup, OutboundAllow, OutboundRefused, type Target } from "./outbound-target.js";

export { OutboundRefused } from "./outbound-target.js";

/** The call was let out and came to nothing: the other side is away, too slow, or says too much. Worth another try. */
export class OutboundFailed extends Error {
  override readonly name = "OutboundFailed";
}

export interface OutboundOptions {
  /** OUTBOUND_ALLOW: private targets that may be called. */
  allow: readonly string[];
  /** Of a name to its addresses; a test gives its own. */
  lookup?: Lookup;
  /**
   * Connections are kept for the next call to the same place. One that the other side closed in that moment is made again
   * at once, so a call may arrive twice: only for calls that bear an id by which that is harmless.
   */
  keepAlive?: boolean;
}

export interface OutboundCall {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** For all of it: the lookup, every redirect, the last byte of the answer. ms */
  deadlineMs: number;
  /** Longest answer that is taken. Default 1 MiB. */
  maxBytes?: number;
  /** Redirects that are followed, each checked as the first address was. Default 0: a redirect is the answer. */
  redirects?: number;
}

export interface OutboundAnswer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
  /** Where the answer came from, after redirects. */
  url: string;
}

/** Calls somebody's address for us. Throws OutboundRefused and OutboundFailed, and nothing else. */
export type Outbound = (url: string, call: OutboundCall) => Promise<OutboundAnswer>;

const answerBytesMax = 1024 * 1024;
const headBytesMax = 16 * 1024;
const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The one way out for addresses that somebody else chose (webhooks, a bot's server): only to public addresses, and to
 * what OUTBOUND_ALLOW names. The name is looked up once, and the addresses that were checked are those that are
 * connected to, so that a name that changes its mind in between gains nothing. Answers are not unpacked.
 */
export function openOutbound({ allow, lookup, keepAlive = false }: OutboundOptions): Outbound {
  const allowed = new OutboundAllow(allow);
  const kept = keepAlive ? new KeptAgents() : null;

  /** A kept connection may have been closed by the other side just before it was used. */
  async function sendKept(agents: KeptAgents, target: Target, call: OutboundCall, signal: AbortSignal) {
    try {
      return await send(target, call, signal, agents.for(target));
    } catch (error) {
      if (!(error instanceof StaleConnection) || signal.aborted) throw error;
      return send(target, call, signal, agentFor(target));
    }
  }

  async function follow(first: string, call: OutboundCall, signal: AbortSignal): Promise<OutboundAnswer> {
    let next = { url: first, call };
    for (let left = call.redirects ?? 0; ; left--) {
      const target = await findTarget(next.url, allowed, lookup);
      signal.throwIfAborted();
      const answer = await (kept
        ? sendKept(kept, target, next.call, signal)
        : send(target, next.call, signal, agentFor(target)));
      const { location } = answer.headers;
      if (!redirecting.has(answer.status) || location === undefined || !call.redirects) return answer;
      if (left === 0) throw new OutboundFailed(`More than ${call.redirects} redirects.`);
      next = redirected(target.url, location, answer.status, next.call);
    }
  }

  return async (url, call) => {
    const aborter = new AbortController();
    try {
      return await withDeadline(follow(url, call, aborter.signal), call.deadlineMs, "the call");
    } catch (error) {
      // Only then: there is nothing to abort of a call that was answered, and it would cost more than the call.
      aborter.abort();
      if (error instanceof OutboundRefused || error instanceof OutboundFailed) throw error;
      const detail = error instanceof DeadlineError ? `No answer within ${call.deadlineMs} ms.` : "The call failed.";
      throw new OutboundFailed(detail, { cause: error });
    }
  };
}

/** A kept connection ended before anything was answered. */
class StaleConnection extends OutboundFailed {}

const endedCodes: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

function send(target: Target, call: OutboundCall, signal: AbortSignal, agent: PlainHttpAgent): Promise<OutboundAnswer> {
  const { url } = target;
  const request = url.protocol === "https:" ? requestByHttps : requestByHttp;
  const { promise, resolve, reject } = withResolvers<OutboundAnswer>();
  const sent = request(url, {
    method: call.method ?? "GET",
    headers: { "user-agent": "Switchboard", ...call.headers },
    agent,
    lookup: pinned(target),
    maxHeaderSize: headBytesMax,
    signal,
  });
  let answered = false;
  sent.on("error", (error) => {
    const stale = sent.reusedSocket && !answered && "code" in error && endedCodes.has(error.code);
    if (isFiltered(error)) reject(new OutboundRefused("The host is not a public one."));
    else reject(stale ? new StaleConnection("The call failed.", { cause: error }) : error);
  });
  sent.on("response", (answer) => {
    answered = true;
    const maxBytes = call.maxBytes ?? answerBytesMax;
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= maxBytes) return;
      reject(new OutboundFailed(`The answer has more than ${maxBytes} bytes.`));
      sent.destroy();
    });
    answer.on("error", reject);
    answer.on("close", () => {
      if (!answer.complete) reject(new OutboundFailed("The answer ended before it was whole."));
    });
    answer.on("end", () => {
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks), url: url.href });
    });
  });
  sent.end(call.body);
  return promise;
}

/** What request-filtering-agent says of an address that is not public; it has no class for it. */
export function isFiltered(error: Error): boolean {
  return /is not allowed\. Because/.test(error.message);
}

/** Answers with the addresses that were found, whatever the name would be now. */
export function pinned({ addresses }: Target): LookupFunction {
  const [first = { address: "", family: 0 }] = addresses;
  return (_name, options, done) => {
    if (options.all) done(null, addresses);
    else done(null, first.address, first.family);
  };
}

/** The call that a redirect asks for. What was meant for one host does not go to another, nor from https to http. */
function redirected(from: URL, location: string, status: number, call: OutboundCall) {
  let url: URL;
  try {
    url = new URL(location, from);
  } catch {
    throw new OutboundRefused("The redirect leads to no address.");
  }
  if (from.protocol === "https:" && url.protocol === "http:") throw new OutboundRefused("A redirect leaves https.");
  const { body, method, ...rest } = call;
  const becomesGet = status === 303 || (status <= 302 && method === "POST");
  const isOfBody = (name: string) => name.toLowerCase() === "content-type";
  const headers = Object.fromEntries(
    Object.entries(call.headers ?? {}).filter(([name]) => (isOfBody(name) ? !becomesGet : url.origin === from.origin)),
  );
  return { url: url.href, call: becomesGet ? { ...rest, method: "GET" as const, headers } : { ...call, headers } };
}

/** Promise.withResolvers, which Node 20 has not. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
