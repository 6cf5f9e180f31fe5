import { Redis } from "ioredis";
import type { SequencedEvent } from "../contract/events.js";
import { withDeadline } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";
import type { Bus, BusHandlers, ControlMessage, EphemeralFrame } from "./bus.js";
import { coalesced } from "./coalesced.js";
import { encodeEphemeral } from "./ephemeral-limit.js";
import { type BusChannel, Listeners } from "./listeners.js";

const publishTimeoutMs = 2000;
const subscribeTimeoutMs = 5000;
const reconnect = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000);

/**
 * The bus on Redis pub/sub: one connection that publishes and fails fast while Redis is away, and one that listens and
 * subscribes again by itself when it is back. Events travel whole.
 */
export class RedisBus implements Bus {
  readonly driver = "redis";
  readonly #listeners = new Listeners();
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #prefix: string;
  #subscribed: Promise<void> = Promise.resolve();
  readonly wake: () => void;

  constructor(options: { redisUrl: string; prefix: string; name: string; logger: Logger }) {
    this.#prefix = options.prefix;
    const common = { connectionName: options.name, retryStrategy: reconnect, connectTimeout: 3000 };
    this.#publisher = new Redis(options.redisUrl, {
      ...common,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: publishTimeoutMs,
    });
    this.#subscriber = new Redis(options.redisUrl, {
      ...common,
      lazyConnect: true,
      autoResubscribe: false,
      maxRetriesPerRequest: null,
    });
    this.#publisher.on("error", (error) => options.logger.debug({ err: error }, "bus: publisher"));
    this.#subscriber.on("error", (error) => options.logger.debug({ err: error }, "bus: subscriber"));
    this.#subscriber.on("message", (name: string, text: string) => this.#heard(name, text));
    this.#subscriber.on("ready", () => this.#resubscribe());
    this.#subscriber.on("close", () => this.#listeners.connection(false));
    this.wake = coalesced(() => this.#publish("wake", ""));
  }

  async publishEvents(events: SequencedEvent[]): Promise<void> {
    if (events.length > 0) await this.#publish("events", JSON.stringify(events));
  }

  async publishHead(seq: number): Promise<void> {
    await this.#publish("head", JSON.stringify(seq));
  }

  async publishEphemeral(frame: EphemeralFrame): Promise<void> {
    await this.#publish("ephemeral", encodeEphemeral(frame));
  }

  async publishControl(message: ControlMessage): Promise<void> {
    await this.#publish("control", JSON.stringify(message));
  }

  async subscribe(handlers: BusHandlers): Promise<() => Promise<void>> {
    this.#listeners.add(handlers);
    try {
      await withDeadline(this.#listen(), subscribeTimeoutMs, "subscribing to the bus");
    } catch (error) {
      this.#listeners.remove(handlers);
      throw error;
    }
    return async () => this.#listeners.remove(handlers);
  }

  async ping(timeoutMs: number): Promise<void> {
    await withDeadline(this.#publisher.ping(), timeoutMs, "the bus");
  }

  async close(): Promise<void> {
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
  }

  async #publish(channel: BusChannel, text: string): Promise<void> {
    await this.#publisher.publish(`${this.#prefix}:${channel}`, text);
  }

  #heard(name: string, text: string): void {
    this.#listeners.tell(name.slice(this.#prefix.length + 1) as BusChannel, text);
  }

  /** Connects at the first listener; resolves once the server has taken the subscription. */
  async #listen(): Promise<void> {
    if (this.#subscriber.status === "wait") {
      await new Promise<void>((resolve) => {
        this.#subscriber.once("ready", () => resolve());
        this.#subscriber.connect().catch(() => undefined);
      });
      await this.#subscribed;
      return;
    }
    await this.#subscribeAll();
  }

  async #subscribeAll(): Promise<void> {
    const channels = this.#listeners.channels().map((channel) => `${this.#prefix}:${channel}`);
    if (channels.length > 0) await this.#subscriber.subscribe(...channels);
  }

  #resubscribe(): void {
    this.#subscribed = this.#subscribeAll().then(
      () => this.#listeners.connection(true),
      () => this.#subscriber.disconnect(true),
    );
  }
}
