import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What a receiver does with a call. */
export type ReceiverAct =
  | { kind: "answer"; status: number; headers?: Record<string, string>; body?: string }
  /** Never answers. */
  | { kind: "hang" }
  /** Ends the connection without a word. */
  | { kind: "cut" };

export interface ReceivedCall {
  headers: Record<string, string>;
  raw: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever was sent
  body: any;
}

/** A server on this machine that takes webhooks and does with each what it is told. */
export class WebhookReceiver {
  readonly calls: ReceivedCall[] = [];
  act: (call: ReceivedCall, nth: number) => ReceiverAct | Promise<ReceiverAct> = () => ({
    kind: "answer",
    status: 204,
  });
  readonly #server = createServer((req, res) => void this.#take(req, res));

  async start(port = 0): Promise<this> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  ids(): string[] {
    return this.calls.map((call) => call.headers["webhook-id"] ?? "");
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const raw = await text(req);
    const call = { headers: req.headers as Record<string, string>, raw, body: JSON.parse(raw) };
    this.calls.push(call);
    const act = await this.act(call, this.calls.length);
    if (act.kind === "hang") return;
    if (act.kind === "cut") return void res.destroy();
    res.writeHead(act.status, act.headers);
    res.end(act.body);
  }
}
