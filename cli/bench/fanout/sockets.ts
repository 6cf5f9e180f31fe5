import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withDeadline } from "../../../src/runtime/deadline.js";
import { Failure } from "../../failure.js";
import type { FromSockets, OpenSockets, ToSockets } from "./messages.js";

type Answer<K extends FromSockets["is"]> = Extract<FromSockets, { is: K }>;

const answerWithinMs = 120_000;

/** The process of the sockets, as the bench talks to it. */
export class Sockets {
  readonly #child: ChildProcess;
  readonly #answers = new Map<string, (message: FromSockets) => void>();
  #failed: (error: Error) => void = () => undefined;

  private constructor() {
    const file = fileURLToPath(new URL("./socket-process.js", import.meta.url));
    this.#child = fork(file, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child.on("message", (message) => {
      const answer = message as FromSockets;
      this.#answers.get(answer.is)?.(answer);
    });
    this.#child.once("exit", () => this.#failed(new Failure("the process of the sockets ended")));
  }

  static async start(): Promise<Sockets> {
    const sockets = new Sockets();
    await sockets.#answer("ready");
    return sockets;
  }

  /** Opens them; rejects when one was refused. */
  async open(order: OpenSockets): Promise<void> {
    const { refused } = await this.#answer("open", { do: "open", ...order });
    if (refused > 0) throw new Failure(`${refused} of ${order.count} sockets were refused`);
  }

  /** Resolves when each socket that reads got so many frames from now on. */
  count(each: number): Promise<Answer<"counted">> {
    return this.#answer("counted", { do: "count", each });
  }

  async clock(): Promise<void> {
    await this.#answer("clock", { do: "clock" });
  }

  /** Latencies of what was said at these times. */
  times(said: [number, number][]): Promise<Answer<"times">> {
    return this.#answer("times", { do: "times", said });
  }

  async closeAll(): Promise<void> {
    await this.#answer("closed", { do: "close" });
  }

  end(): void {
    this.#failed = () => undefined;
    this.#child.kill("SIGKILL");
  }

  #answer<K extends FromSockets["is"]>(is: K, order?: ToSockets): Promise<Answer<K>> {
    const answer = new Promise<FromSockets>((resolve, reject) => {
      this.#answers.set(is, resolve);
      this.#failed = reject;
    });
    if (order) this.#child.send(order);
    return withDeadline(answer as Promise<Answer<K>>, answerWithinMs, `the sockets (${is})`);
  }
}
