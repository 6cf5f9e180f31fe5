import Table from "cli-table3";
import { expect } from "vitest";
import { RawClient, type RawFrame } from "../../integration/realtime/raw-client.js";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";

/** Who walks: a name, an id, and the token that shows both. */
export interface Walker {
  id: number;
  name: string;
  token: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a client reads what it is told.
export type Answer = { status: number; body: any; headers: Headers };

/** A whole system, and who walks through it as its clients do: over HTTP and sockets alone. Writes down what was seen. */
export class Walk {
  readonly system: RunningSystem;
  readonly #redis: string;
  readonly #seen: [string, string][] = [];
  readonly #sockets: RawClient[] = [];
  ann!: Walker;
  bob!: Walker;
  agent!: Walker;
  other!: Walker;

  private constructor(system: RunningSystem, redis: string) {
    this.system = system;
    this.#redis = redis;
  }

  /** `redis`: as a person sets REDIS_URL; "" is the default, with a queue server where there is one. */
  static async start(redis: "" | "none"): Promise<Walk> {
    const system = await startRunningSystem({ env: redis === "none" ? { REDIS_URL: "none" } : {} });
    const walk = new Walk(system, /^queue +(.*)$/m.exec(system.output())?.[1] ?? "queue unknown");
    const password = "a password of a walk";
    const customer = async (name: string): Promise<Walker> => {
      const { body } = await walk.call(null, "POST", "/api/auth/register/", {
        ...{ name, email: `${name}@walk.test`, password },
      });
      return { id: body.user.id, name, token: body.access };
    };
    const agent = async (name: string): Promise<Walker> => {
      const made = await walk.call(null, "POST", "/api/agents/", { name, email: `${name}@walk.test`, password });
      const { body } = await walk.call(null, "POST", "/api/auth/login/", { email: `${name}@walk.test`, password });
      return { id: made.body.id, name, token: body.access };
    };
    [walk.ann, walk.bob] = [await customer("Ann"), await customer("Bob")];
    [walk.agent, walk.other] = [await agent("Gil"), await agent("Hal")];
    return walk;
  }

  /** A call as `who`; null: without a token, which is the demo's admin. */
  async call(who: Walker | null, method: string, path: string, body?: unknown): Promise<Answer> {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${this.system.api}${path}`, {
      method,
      headers: {
        ...(who ? { authorization: `Bearer ${who.token}` } : {}),
        ...(body === undefined || isForm ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = text !== "" && (answer.headers.get("content-type") ?? "").startsWith("application/json");
    return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers };
  }

  /** The same, and writes the row down: what was called, its status, and what of the answer `tell` names. */
  async row(
    who: Walker | null,
    method: string,
    path: string,
    status: number,
    body?: unknown,
    tell: (body: Answer["body"]) => string = () => "",
  ): Promise<Answer> {
    const answer = await this.call(who, method, path, body);
    expect({
      call: `${method} ${path}`,
      status: answer.status,
      body: answer.status === status ? "" : answer.body,
    }).toEqual({ call: `${method} ${path}`, status, body: "" });
    this.saw(`${method} ${path.replace(/\/\d+/g, "/<id>").replace(/\?.*$/, "")}`, `${status} ${tell(answer.body)}`);
    return answer;
  }

  /** Writes down what was seen at a row of the contract. */
  saw(row: string, what: string): void {
    this.#seen.push([row, what.trim()]);
  }

  /** A chat socket of `who`, through the API's port, that has said hello. */
  async enter(who: Walker, conversationId: number, query = ""): Promise<RawClient> {
    const url = this.system.socket.replace("/ws/agents/", `/ws/chat/${conversationId}/`);
    const client = new RawClient(`${url}?token=${who.token}${query}`);
    this.#sockets.push(client);
    await client.opened();
    await this.frame(client, query.includes("dialect") ? "connection_established" : "hello");
    return client;
  }

  /** The first frame of that type (that fits) which the client got, after the first `from`. */
  async frame(
    client: RawClient,
    type: string,
    fits: (frame: RawFrame) => boolean = () => true,
    from = 0,
  ): Promise<RawFrame> {
    const found = () => client.frames.slice(from).find((frame) => frame.type === type && fits(frame));
    await until(() => found() !== undefined, `a frame ${type}`);
    return found() as RawFrame;
  }

  async end(): Promise<void> {
    for (const client of this.#sockets) client.socket.terminate();
    const table = new Table({ head: [`walked with ${this.#redis}`, "saw"], style: { head: [], border: [] } });
    table.push(...this.#seen);
    console.log(table.toString());
    await this.system.stop();
  }
}
