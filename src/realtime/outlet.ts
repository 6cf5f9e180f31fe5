import { batchesOf } from "./batch.js";
import type { Socket } from "./transport.js";

/** What is sent to one client alone, and how much it was; together, where the client takes `batch`. */
export class Outlet {
  readonly #socket: Pick<Socket<unknown>, "send" | "bufferedAmount">;
  readonly #isBatched: boolean;
  /** What is to leave together; null: nothing is held. */
  #held: string[] | null = null;
  #heldChars = 0;
  frames = 0;
  bytes = 0;

  constructor(socket: Pick<Socket<unknown>, "send" | "bufferedAmount">, isBatched: boolean) {
    this.#socket = socket;
    this.#isBatched = isBatched;
  }

  /** What the client has not taken yet, with what is about to be sent to it. */
  get behind(): number {
    return this.#socket.bufferedAmount() + this.#heldChars;
  }

  send(text: string): void {
    this.frames++;
    if (this.#held) {
      this.#held.push(text);
      this.#heldChars += text.length;
    } else this.#write(text);
  }

  /** Runs `work`; what it sends leaves together. */
  together(work: () => void): void {
    if (!this.#isBatched || this.#held) {
      work();
      return;
    }
    const held: string[] = [];
    this.#held = held;
    try {
      work();
    } finally {
      this.#held = null;
      this.#heldChars = 0;
      for (const text of batchesOf(held)) this.#write(text);
    }
  }

  #write(text: string): void {
    this.bytes += Buffer.byteLength(text);
    this.#socket.send(text);
  }
}
