import { once } from "node:events";
import { RawSocket } from "../../support/socket-factory.js";

export interface RawFrame {
  type: string;
  pos?: number;
  [field: string]: unknown;
}

/** A client socket that writes down every frame, and can stop reading. */
export class RawClient {
  readonly socket: RawSocket;
  readonly texts: string[] = [];
  closed: { code: number; reason: string } | null = null;

  constructor(url: string, protocols: string[] = [], headers: Record<string, string> = {}) {
    this.socket = new RawSocket(url, protocols, { headers });
    this.socket.on("message", (data) => this.texts.push(data.toString()));
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    this.socket.on("error", () => undefined);
  }

  get frames(): RawFrame[] {
    return this.texts.map((text) => JSON.parse(text) as RawFrame);
  }

  async opened(): Promise<this> {
    await once(this.socket, "open");
    return this;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }
}

/** How an upgrade that is refused is answered. */
export function refusal(
  url: string,
  protocols: string[] = [],
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const socket = new RawSocket(url, protocols, { headers });
    socket.on("open", () => {
      socket.close();
      reject(new Error("the upgrade was not refused"));
    });
    socket.on("error", reject);
    socket.on("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += String(chunk);
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> }),
      );
    });
  });
}
