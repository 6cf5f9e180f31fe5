import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Failure } from "../../failure.js";
import type { FromClients, ToClients } from "./client-messages.js";

type Answer<K extends FromClients["is"]> = Extract<FromClients, { is: K }>;

/** The process of the clients, as the command talks to it: an order, and the answer to it. */
export class ClientsProcess {
  readonly #child: ChildProcess;
  readonly #answers = new Map<string, (message: FromClients) => void>();
  #failed: (error: Error) => void = () => undefined;
  /** Rejects when it dies before it was told to end. */
  readonly #gone: Promise<never>;

  constructor() {
    const file = fileURLToPath(new URL("./stream-clients.js", import.meta.url));
    this.#child = fork(file, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#gone = new Promise((_, reject) => {
      this.#failed = reject;
    });
    this.#gone.catch(() => undefined);
    this.#child.on("message", (message) => {
      const answer = message as FromClients;
      this.#answers.get(answer.is)?.(answer);
    });
    this.#child.once("exit", (code, signal) => {
      this.#failed(new Failure(`the clients' process ended (${signal ?? code})`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves with the next answer of that kind, after it was told what to do, if anything. */
  async ask<K extends FromClients["is"]>(is: K, order?: ToClients): Promise<Answer<K>> {
    const answer = new Promise<FromClients>((resolve) => {
      this.#answers.set(is, resolve);
    });
    if (order) this.#child.send(order);
    return (await Promise.race([answer, this.#gone])) as Answer<K>;
  }

  end(): void {
    this.#gone.catch(() => undefined);
    this.#child.kill("SIGKILL");
  }
}
