import { connect, type Socket } from "node:net";

export interface RawSocketOptions {
  port: number;
  /** Path with query. */
  path: string;
  /** Text frames with which the server greets. */
  greetings: number;
  /** What is said once the socket is open (socket.io wants a word). */
  say: string | null;
  /** Stops reading once it was greeted. */
  stalls: boolean;
  onOpen: () => void;
  /** A whole text frame; its text only while somebody wants it. */
  onFrame: (text: string | null) => void;
  /** Whether frames' texts are wanted. */
  wantsTexts: () => boolean;
}

const readBytes = 256 * 1024;
const empty = Buffer.alloc(0);
const textOp = 1;
const pingOp = 9;
/** Every socket reads into it: what is kept is copied. */
const shared = Buffer.alloc(readBytes);

/** A socket that counts frames and no more, by bytes: it must not cost more than what it measures. */
export class RawSocket {
  readonly #options: RawSocketOptions;
  readonly #socket: Socket;
  #rest: Buffer = empty;
  #isOpen = false;
  /** Bytes of a frame that is counted, or of a ping that is answered, which are still to come. */
  #skip = 0;
  #greeted = 0;
  isClosed = false;

  constructor(options: RawSocketOptions) {
    this.#options = options;
    const onread = { buffer: shared, callback: (bytes: number) => this.#take(shared.subarray(0, bytes)) };
    this.#socket = connect({ port: options.port, host: "127.0.0.1", onread });
    this.#socket.setNoDelay(true);
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.isClosed = true;
    });
    this.#socket.write(
      `GET ${options.path} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): boolean {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = empty;
    if (!this.#isOpen) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return this.#keep(bytes);
      if (!bytes.toString("latin1", 0, end).startsWith("HTTP/1.1 101")) {
        this.#socket.destroy();
        return true;
      }
      bytes = bytes.subarray(end + 4);
      this.#opened();
    }
    return this.#frames(bytes);
  }

  #frames(bytes: Buffer): boolean {
    let at = Math.min(this.#skip, bytes.length);
    this.#skip -= at;
    while (at + 2 <= bytes.length) {
      const short = (bytes[at + 1] ?? 0) & 127;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (at + head > bytes.length) break;
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      const end = at + head + length;
      const op = (bytes[at] ?? 0) & 15;
      const isWanted = op === textOp && this.#options.wantsTexts();
      if (isWanted && end > bytes.length) break;
      if (op === textOp) this.#text(isWanted ? bytes.toString("utf8", at + head, end) : null);
      else if (op === pingOp) this.#socket.write(frameOf(10, ""));
      at = end;
      if (at > bytes.length) {
        this.#skip = at - bytes.length;
        return true;
      }
    }
    return this.#keep(bytes.subarray(at));
  }

  #keep(bytes: Buffer): boolean {
    this.#rest = bytes.length === 0 ? empty : Buffer.from(bytes);
    return true;
  }

  #opened(): void {
    this.#isOpen = true;
    const { say, greetings } = this.#options;
    if (say !== null) this.#socket.write(frameOf(textOp, say));
    if (greetings === 0) this.#greet();
  }

  #text(text: string | null): void {
    if (this.#greeted < this.#options.greetings) {
      this.#greeted++;
      if (this.#greeted === this.#options.greetings) this.#greet();
    } else this.#options.onFrame(text);
  }

  #greet(): void {
    if (this.#options.stalls) this.#socket.pause();
    this.#options.onOpen();
  }
}

/** A client's frame; the mask is zero. */
function frameOf(op: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([0x80 | op, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
