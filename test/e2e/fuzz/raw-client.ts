import { connect, type Socket } from "node:net";

export interface RawAnswer {
  status: number;
  /** By lower-case name; of a name that came twice the last. */
  headers: Record<string, string>;
  body: Buffer;
}

const timeoutMs = 30_000;
const headEnd = Buffer.from("\r\n\r\n");

/**
 * An HTTP/1.1 client that sends bytes as they are, however wrong, and understands what is answered by itself. One
 * request at a time, over a kept connection while the server keeps it.
 */
export class RawHttp {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | null = null;

  constructor(base: string) {
    const url = new URL(base);
    this.#host = url.hostname;
    this.#port = Number(url.port);
  }

  /** The answer to these bytes. Rejects when the connection ends, or 30 s pass, without a whole one. */
  async send(request: Buffer, isHead = false): Promise<RawAnswer> {
    const socket = this.#socket ?? connect(this.#port, this.#host);
    this.#socket = null;
    const answer = await exchange(socket, request, isHead).finally(() => socket.removeAllListeners());
    // What the server did not read of the request must not become the next one's beginning.
    const kept = answer.headers.connection !== "close" && answer.status !== 400 && answer.status !== 413;
    socket.on("error", () => socket.destroy());
    if (kept && !socket.destroyed && socket.readable) this.#socket = socket;
    else socket.destroy();
    socket.once("close", () => {
      if (this.#socket === socket) this.#socket = null;
    });
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
  }
}

function exchange(socket: Socket, request: Buffer, isHead: boolean): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => fail(new Error(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const look = (ended: boolean) => {
      const answer = parse(received, isHead, ended);
      if (answer) {
        clearTimeout(timer);
        resolve(answer);
      } else if (ended) fail(new Error(`the connection ended after ${received.length} bytes of an answer`));
    };
    socket.on("data", (part) => {
      received = Buffer.concat([received, part as Buffer]);
      look(false);
    });
    socket.on("end", () => look(true));
    socket.on("error", () => look(true));
    socket.on("close", () => look(true));
    socket.write(request);
  });
}

/** The answer that the bytes hold; null while it is not whole. */
function parse(bytes: Buffer, isHead: boolean, ended: boolean): RawAnswer | null {
  const end = bytes.indexOf(headEnd);
  if (end === -1) return null;
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const status = Number(first.split(" ")[1]);
  const rest = bytes.subarray(end + 4);
  if (status >= 100 && status < 200) return parse(rest, isHead, ended);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const body = bodyOf(rest, headers, ended, isHead || status === 204 || status === 304);
  return body === null ? null : { status, headers, body };
}

function bodyOf(rest: Buffer, headers: Record<string, string>, ended: boolean, none: boolean): Buffer | null {
  if (none) return Buffer.alloc(0);
  if (headers["transfer-encoding"] === "chunked") return unchunk(rest);
  if (headers["content-length"] === undefined) return ended ? rest : null;
  const length = Number(headers["content-length"]);
  return rest.length >= length ? rest.subarray(0, length) : null;
}

function unchunk(bytes: Buffer): Buffer | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line === -1) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    if (bytes.length < line + 2 + size + 2) return null;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
