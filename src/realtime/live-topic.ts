/** A listener that is live on a stream: what it has is the stream's position. */
export interface LiveListener {
  /** The stream went on past a hole that it could not fill: catch up from `pos` by the log. */
  fellBehind(pos: number): void;
}

/** Those who are live on a stream and get the same texts: the transport sends each text to all of them at once. */
export class LiveTopic {
  /** What their sockets subscribe to. */
  readonly name: string;
  readonly listeners = new Set<LiveListener>();
  readonly #publish: (topic: string, text: string) => void;
  /** Bytes published so far; a listener's share is the difference between its joining and its leaving. */
  bytes = 0;

  constructor(name: string, publish: (topic: string, text: string) => void) {
    this.name = name;
    this.#publish = publish;
  }

  /** Sends the texts in order; nothing happens where nobody listens. */
  send(texts: readonly string[]): void {
    if (this.listeners.size === 0) return;
    for (const text of texts) {
      this.bytes += Buffer.byteLength(text);
      this.#publish(this.name, text);
    }
  }
}
