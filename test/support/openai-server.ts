import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What the server does with a call. */
export type ModelBehaviour =
  | { kind: "answer"; pieces: readonly string[]; tokens?: number }
  /** Says the pieces, then nothing more. */
  | { kind: "slow"; pieces: readonly string[] }
  /** Says the pieces, then ends the connection. */
  | { kind: "cut"; pieces: readonly string[] }
  | { kind: "status"; status: number; headers?: Record<string, string> }
  | { kind: "garbage"; body: string; type?: string };

export interface ModelCall {
  authorization: string | undefined;
  path: string | undefined;
  body: { model: string; stream: boolean; max_tokens: number; messages: { role: string; content: string }[] };
}

/** A server on this machine that speaks OpenAI's chat protocol as it is told. */
export class OpenAiServer {
  readonly calls: ModelCall[] = [];
  /** What comes next, one for each call; the last one stays. */
  behaviours: ModelBehaviour[] = [{ kind: "answer", pieces: ["Hello"] }];
  readonly #server = createServer((req, res) => void this.#answer(req, res));

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = (await json(req)) as ModelCall["body"];
    this.calls.push({ authorization: req.headers.authorization, path: req.url, body });
    const [next] = this.behaviours.length > 1 ? this.behaviours.splice(0, 1) : this.behaviours;
    const behaviour = next ?? { kind: "status", status: 500 };
    if (behaviour.kind === "status") {
      const error = { error: { message: "no", type: "server_error" } };
      res.writeHead(behaviour.status, { "content-type": "application/json", ...behaviour.headers });
      res.end(JSON.stringify(error));
      return;
    }
    if (behaviour.kind === "garbage") {
      res.writeHead(200, { "content-type": behaviour.type ?? "text/event-stream" });
      res.end(behaviour.body);
      return;
    }
    res.writeHead(200, { "content-type": "text/event-stream" });
    const send = (part: Record<string, unknown>) =>
      res.write(
        `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: "m", ...part })}\n\n`,
      );
    for (const content of behaviour.pieces) send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    if (behaviour.kind === "slow") return;
    if (behaviour.kind === "cut") {
      // Once what was said has left, and not by a reset that overtakes it.
      res.write("", () => req.socket.end());
      return;
    }
    send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    const { tokens } = behaviour;
    if (tokens !== undefined) {
      send({ choices: [], usage: { prompt_tokens: tokens - 1, completion_tokens: 1, total_tokens: tokens } });
    }
    res.end("data: [DONE]\n\n");
  }
}
