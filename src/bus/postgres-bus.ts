import type { SequencedEvent } from "../contract/events.js";
import type { Database } from "../db/database.js";
import { withDeadline } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";
import type { Bus, BusHandlers, ControlMessage, EphemeralFrame } from "./bus.js";
import { coalesced } from "./coalesced.js";
import { encodeEphemeral } from "./ephemeral-limit.js";
import { type BusChannel, Listeners } from "./listeners.js";
import { PostgresListener } from "./postgres-listener.js";

const publishTimeoutMs = 2000;
const subscribeTimeoutMs = 5000;

/**
 * The bus on LISTEN/NOTIFY. A notice has 8,000 bytes, so events are not carried: listeners are told the head and read
 * the log. NOTIFY is sent outside of every transaction: inside one it would serialise all commits (FINDINGS.md).
 */
export class PostgresBus implements Bus {
  readonly driver = "postgres";
  readonly #listeners = new Listeners();
  readonly #listener: PostgresListener;
  readonly #db: Database;
  readonly #prefix: string;
  readonly wake: () => void;

  constructor(options: { databaseUrl: string; db: Database; prefix: string; name: string; logger: Logger }) {
    this.#db = options.db;
    this.#prefix = options.prefix;
    this.#listener = new PostgresListener({
      ...options,
      channels: () => this.#listeners.channels().map((channel) => this.#nameOf(channel)),
      onNotice: (name, text) => this.#listeners.tell(name.slice(this.#prefix.length + 1) as BusChannel, text),
      onConnection: (connected) => this.#listeners.connection(connected),
    });
    this.wake = coalesced(() => this.#notify("wake", ""));
  }

  async publishEvents(events: SequencedEvent[]): Promise<void> {
    const last = events.at(-1);
    if (last) await this.publishHead(last.seq);
  }

  async publishHead(seq: number): Promise<void> {
    await this.#notify("head", JSON.stringify(seq));
  }

  async publishEphemeral(frame: EphemeralFrame): Promise<void> {
    await this.#notify("ephemeral", encodeEphemeral(frame));
  }

  async publishControl(message: ControlMessage): Promise<void> {
    await this.#notify("control", JSON.stringify(message));
  }

  async subscribe(handlers: BusHandlers): Promise<() => Promise<void>> {
    this.#listeners.add(handlers);
    try {
      await withDeadline(this.#listener.listen(), subscribeTimeoutMs, "subscribing to the bus");
    } catch (error) {
      this.#listeners.remove(handlers);
      throw error;
    }
    return async () => this.#listeners.remove(handlers);
  }

  async ping(timeoutMs: number): Promise<void> {
    await withDeadline(this.#db.pool.query("SELECT 1"), timeoutMs, "the bus");
  }

  async close(): Promise<void> {
    await this.#listener.stop();
  }

  #nameOf(channel: BusChannel): string {
    return `${this.#prefix}_${channel}`;
  }

  async #notify(channel: BusChannel, text: string): Promise<void> {
    const sent = this.#db.pool.query("SELECT pg_notify($1, $2)", [this.#nameOf(channel), text]);
    await withDeadline(sent, publishTimeoutMs, "publishing");
  }
}
