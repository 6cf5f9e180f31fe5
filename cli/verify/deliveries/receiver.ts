import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A call as a receiver wrote it down. */
export interface ReceivedCall {
  id: string;
  /** An event's place in the log; of a reply its message's id, in a stream of its conversation's replies. */
  seq: number;
  stream: string;
  outOfOrder: boolean;
  /** What it answered; 0: it hung, or cut the connection. */
  status: number;
  /** Whether the signature is right, reckoned by hand. */
  signed: boolean;
}

/**
 * What a receiver is like. `fail`: share of calls that it fails, each message five times at most; `goneAfter`: from that call
 * on it says 410.
 */
export interface ReceiverCharacter {
  fail: number;
  goneAfter?: number;
  /** It never answers. */
  hangs?: true;
  below: (limit: number) => number;
}

const faults = ["500", "503", "429", "cut", "hang"] as const;
const toleranceS = 300;
/** Of one message; the twelfth failure is the last (README, "Deliveries"), and waits are cut short in a run. */
const failuresMax = 5;

/** A server of the run that takes webhooks; it can be killed, and comes back at the same port. */
export class Receiver {
  readonly calls: ReceivedCall[] = [];
  secret = "";
  readonly #character: ReceiverCharacter;
  /** By the id of what it failed. */
  readonly #failures = new Map<string, number>();
  #server: Server | null = null;
  #port = 0;

  constructor(character: ReceiverCharacter) {
    this.#character = character;
  }

  async start(): Promise<void> {
    const server = createServer((req, res) => void this.#take(req, res).catch(() => res.destroy()));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Everything that is open is cut; nobody listens any more. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/verify`;
  }

  async #take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const raw = await text(req);
    const body = JSON.parse(raw) as { type?: unknown; out_of_order?: unknown; data?: Record<string, unknown> };
    const isReply = body.type === "reply";
    const call: ReceivedCall = {
      id: String(req.headers["webhook-id"]),
      seq: Number(isReply ? body.data?.reply_id : body.data?.seq),
      stream: isReply ? `reply:${body.data?.conversation_id}` : String(body.data?.stream),
      outOfOrder: body.out_of_order === true,
      status: 0,
      signed: this.#isSigned(req, raw),
    };
    this.calls.push(call);
    const { goneAfter, hangs, fail, below } = this.#character;
    if (hangs) return;
    if (goneAfter !== undefined && this.calls.length > goneAfter) return answer(call, res, 410);
    const isWell = below(1000) >= fail * 1000;
    const failures = this.#failures.get(call.id) ?? 0;
    if (isWell || failures >= failuresMax) return answer(call, res, 204);
    this.#failures.set(call.id, failures + 1);
    const fault = faults[below(faults.length)];
    if (fault === "hang" && below(4) === 0) return;
    if (fault === "cut") return void res.destroy();
    if (fault === "429") res.setHeader("retry-after", "1");
    answer(call, res, fault === "hang" ? 502 : Number(fault));
  }

  #isSigned(req: IncomingMessage, raw: string): boolean {
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": given } = req.headers;
    const key = Buffer.from(this.secret.replace(/^whsec_/, ""), "base64");
    const want = `v1,${createHmac("sha256", key).update(`${id}.${at}.${raw}`).digest("base64")}`;
    const fresh = Math.abs(Date.now() / 1000 - Number(at)) < toleranceS;
    return fresh && String(given).split(" ").includes(want);
  }
}

function answer(call: ReceivedCall, res: ServerResponse, status: number): void {
  call.status = status;
  res.writeHead(status).end();
}
