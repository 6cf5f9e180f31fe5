import { Agent, request } from "node:http";
import { pause } from "../src/runtime/deadline.js";

export interface HttpAnswer {
  status: number;
  body: Record<string, unknown>;
}

export interface HttpCall {
  method: "GET" | "POST" | "PATCH";
  path: string;
  /** Left out: the open demo, or an open path. */
  token?: string;
  body?: unknown;
}

const timeoutMs = 30_000;

/** A client of one API over kept connections, as many at once as there are calls (up to `sockets`). */
export class HttpClient {
  readonly #base: URL;
  readonly #agent: Agent;

  constructor(base: string, sockets: number) {
    this.#base = new URL(base);
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets, scheduling: "fifo" });
  }

  /**
   * The answer's status and JSON body ({} for what is none). Who calls too often (429) waits as long as it is told, and
   * calls again. Rejects when there is no answer.
   */
  async call(call: HttpCall): Promise<HttpAnswer> {
    for (;;) {
      const { retryAfterS, ...answer } = await this.#send(call);
      if (answer.status !== 429) return answer;
      await pause(retryAfterS * 1000);
    }
  }

  #send({ method, path, token, body }: HttpCall): Promise<HttpAnswer & { retryAfterS: number }> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#base;
      const options = { hostname, port, method, path, headers, agent: this.#agent, timeout: timeoutMs };
      const sent = request(options, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const retryAfterS = Number(answer.headers["retry-after"] ?? 1);
          resolve({ status: answer.statusCode ?? 0, body: jsonOf(Buffer.concat(parts)), retryAfterS });
        });
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer to ${method} ${path} within ${timeoutMs} ms`)));
      sent.on("error", reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function jsonOf(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
