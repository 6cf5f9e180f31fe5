import pg from "pg";
import { pause, withDeadline } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";

export interface PostgresListenerOptions {
  databaseUrl: string;
  name: string;
  logger: Logger;
  /** Names of the channels to listen to; asked again at every connection. */
  channels: () => string[];
  onNotice: (channel: string, text: string) => void;
  onConnection: (connected: boolean) => void;
}

const pingEveryMs = 5000;
const pingTimeoutMs = 3000;
const backoffMs = [50, 100, 200, 500, 1000];

/** A connection that does nothing but listen, made again whenever it is lost. */
export class PostgresListener {
  readonly #options: PostgresListenerOptions;
  readonly #stopped = new AbortController();
  #client: pg.Client | null = null;
  #running: Promise<void> | null = null;
  #waiting: (() => void)[] = [];

  constructor(options: PostgresListenerOptions) {
    this.#options = options;
  }

  /** Resolves once it listens to the channels as they are now; starts the connection when there is none yet. */
  async listen(): Promise<void> {
    this.#running ??= this.#run();
    if (this.#client) return this.#listenOn(this.#client);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#client?.end().catch(() => undefined);
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#stopped.signal.aborted; attempt++) {
      const began = Date.now();
      await this.#connectAndStay().catch((error) => this.#options.logger.debug({ err: error }, "bus: listener"));
      if (Date.now() - began > 1000) attempt = 0;
      await pause(backoffMs[Math.min(attempt, backoffMs.length - 1)] ?? 1000, this.#stopped.signal);
    }
  }

  async #connectAndStay(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.databaseUrl,
      application_name: `${this.#options.name}-listen`,
      connectionTimeoutMillis: 3000,
      keepAlive: true,
    });
    const lost = new Promise<void>((resolve) => {
      client.on("end", resolve);
      client.on("error", () => resolve());
    });
    client.on("notification", ({ channel, payload }) => this.#options.onNotice(channel, payload ?? ""));
    try {
      await client.connect();
      await this.#listenOn(client);
      this.#client = client;
      // Who came while the channels were being listened to may want others.
      if (this.#waiting.length > 0) await this.#listenOn(client);
      this.#options.onConnection(true);
      for (const resolve of this.#waiting.splice(0)) resolve();
      await Promise.race([lost, this.#pingUntilLost(client)]);
    } finally {
      const wasUp = this.#client === client;
      this.#client = null;
      await withDeadline(client.end(), 1000, "closing").catch(() => undefined);
      if (wasUp) this.#options.onConnection(false);
    }
  }

  async #listenOn(client: pg.Client): Promise<void> {
    for (const channel of this.#options.channels()) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
  }

  /** A half-open connection says nothing; a ping that is not answered ends it. */
  async #pingUntilLost(client: pg.Client): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await pause(pingEveryMs, this.#stopped.signal);
      if (this.#client !== client) return;
      await withDeadline(client.query("SELECT 1"), pingTimeoutMs, "the listener's ping");
    }
  }
}
