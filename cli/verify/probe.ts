import { Agent, request } from "node:http";

/** A request as it goes out. */
export interface ProbeCall {
  method: string;
  path: string;
  headers: Record<string, string>;
  /** Sent as it is. */
  body?: string;
}

/** Everything that came back, byte for byte. */
export interface ProbeAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

const timeoutMs = 30_000;

/** An HTTP client that shares nothing with the API's: any method, any header, the answer as it came. */
export class Probe {
  readonly #base: URL;
  readonly #agent: Agent;

  constructor(base: string, sockets: number) {
    this.#base = new URL(base);
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets });
  }

  /** Rejects when there is no answer. */
  send({ method, path, headers, body }: ProbeCall): Promise<ProbeAnswer> {
    const { hostname, port } = this.#base;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const sent = request(
        { hostname, port, method, path, headers: { ...headers, ...length }, agent: this.#agent, timeout: timeoutMs },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("error", reject);
          answer.on("end", () => {
            const found = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(", ")]);
            const text = Buffer.concat(parts).toString("utf8");
            resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(found), text });
          });
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer to ${method} ${path} within ${timeoutMs} ms`)));
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** The same; while the answer is 429 it waits as told and asks again, at most 20 times. */
  async sendPatiently(call: ProbeCall, onLimited: () => void = () => undefined): Promise<ProbeAnswer> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.send(call);
      if (answer.status !== 429 || attempt >= 20) return answer;
      onLimited();
      const waitMs = Math.min(Number(answer.headers["retry-after"] ?? 1), 30) * 1000;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** What JSON the text is; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
