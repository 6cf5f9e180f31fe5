import type { SessionSocket } from "../../../src/realtime/session.js";

export interface TestFrame {
  type: string;
  pos?: number;
  [field: string]: unknown;
}

/** Topics and their sockets, as a transport keeps them. */
export class FakeTopics {
  readonly sockets = new Set<FakeSocket>();
  publish = (topic: string, text: string): void => {
    for (const socket of this.sockets) if (socket.topics.has(topic)) socket.send(text);
  };
}

/** A socket that writes down what it gets; with `slow` it takes nothing before `drain`. */
export class FakeSocket implements SessionSocket {
  /** Each by itself, also those of a batch. */
  readonly frames: TestFrame[] = [];
  readonly batches: TestFrame[][] = [];
  readonly topics = new Set<string>();
  closed: { code: number; reason: string } | null = null;
  slow = false;
  #buffered = 0;

  send(text: string): "ok" {
    const frame = JSON.parse(text) as TestFrame;
    if (frame.type === "batch") {
      this.batches.push(frame.frames as TestFrame[]);
      this.frames.push(...(frame.frames as TestFrame[]));
    } else this.frames.push(frame);
    if (this.slow) this.#buffered += text.length;
    return "ok";
  }

  cork(work: () => void): void {
    work();
  }

  subscribe(topic: string): void {
    this.topics.add(topic);
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic);
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
    this.topics.clear();
  }

  bufferedAmount(): number {
    return this.#buffered;
  }

  drain(): void {
    this.#buffered = 0;
  }

  /** Durable frames' positions. */
  positions(): number[] {
    return this.frames.flatMap((frame) => (frame.pos !== undefined && frame.type === "message_new" ? [frame.pos] : []));
  }
}
