import type { ControlMessage, EphemeralFrame } from "../bus/bus.js";
import { agentsStream, type SequencedEvent } from "../contract/events.js";
import { httpStatusOf } from "../contract/problems.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";
import { type AuthenticateOptions, authenticate, type Viewer } from "./authenticate.js";
import { Connection } from "./connection.js";
import type { EventLog, StreamHead } from "./event-log.js";
import type { LivenessKeeper } from "./liveness-keeper.js";
import { PageReader } from "./page-reader.js";
import { Session, type SessionLimits } from "./session.js";
import { type Stream, Streams } from "./streams.js";
import {
  closeCodes,
  type Socket,
  type Transport,
  type TransportFactory,
  type UpgradeAnswer,
  type UpgradeRequest,
} from "./transport.js";

export interface RelayOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  maxBufferBytes: number;
  maxSockets: number;
  /** Whose X-Forwarded-For is believed besides the API's on loopback: 1 for any. Only for the log. */
  trustProxy: boolean;
  log: EventLog;
  auth: AuthenticateOptions;
  openTransport: TransportFactory;
  /** Told of each signed-in socket of an agent; without it nobody is online by a socket. */
  liveness?: Pick<LivenessKeeper, "opened">;
  logger: Logger;
  /** Defaults suit production; tests shorten them. */
  limits?: Partial<SessionLimits>;
}

/** What a socket carries from its upgrade to its opening. */
interface Admission {
  viewer: Viewer;
  stream: Stream;
  head: StreamHead;
  since: string | null;
  epoch: string | null;
  address: string;
  connection: Connection | null;
  /** Says that an agent has left; null: not an agent's. */
  leave: (() => void) | null;
}

const maxPayloadBytes = 64 * 1024;
const idleTimeoutS = 60;
/** How often a client should ping when it hears nothing. */
const heartbeatMs = 25_000;
/** Over how long the clients of a relay that restarts come back. */
const restartSpreadMs = 2000;
/** What is left of a stop after the close frames: time for the sockets to take them. */
const partingMs = 100;
const housekeepingMs = 10_000;

/**
 * Holds sockets: decides who may open one, and keeps each in step with its stream. Fed by the follower through
 * `onEvents`, `onEphemeral` and `onControl`; until `setFed(true)` upgrades are answered 503. Database or bus may go away:
 * the sockets that are open stay.
 */
export class Relay implements Service {
  readonly name = "relay";
  readonly #options: RelayOptions;
  readonly #pages: PageReader;
  readonly #streams: Streams;
  readonly #limits: SessionLimits;
  readonly #connections = new Set<Connection>();
  #transport: Transport | null = null;
  #housekeeping: NodeJS.Timeout | undefined;
  #fed = false;
  #stopping = false;
  #port = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#pages = new PageReader(options.log);
    this.#streams = new Streams(
      this.#pages,
      (topic, text) => this.#transport?.publish(topic, text),
      () => this.#restartAll("the log was restored"),
    );
    this.#limits = {
      pauseAboveBytes: Math.min(256 * 1024, options.maxBufferBytes / 4),
      drainTimeoutMs: 30_000,
      logTimeoutMs: 10_000,
      ...options.limits,
    };
  }

  /** Where it listens, once it is started. */
  get port(): number {
    return this.#port;
  }

  get socketCount(): number {
    return this.#connections.size;
  }

  async start(): Promise<void> {
    const { host, port, maxBufferBytes, logger } = this.#options;
    this.#transport = await this.#options.openTransport<Admission>(
      {
        upgrade: (request) => this.#upgrade(request),
        open: (socket) => this.#open(socket),
        message: (socket, text) => socket.data.connection?.message(text),
        drain: (socket) => socket.data.connection?.drained(),
        close: (socket, code) => this.#closed(socket, code),
        health: () => ({ status: "ok", ready: this.#fed && !this.#stopping, sockets: this.#connections.size }),
      },
      { maxBufferBytes, maxPayloadBytes, idleTimeoutS },
    );
    this.#port = await this.#transport.listen(host, port);
    this.#housekeeping = setInterval(() => this.#streams.forgetIdle(), housekeepingMs);
    this.#housekeeping.unref();
    logger.info({ host, port: this.#port, transport: this.#transport.driver }, "listening");
  }

  /** Sends everybody away with 1012 and a time to come back, and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#housekeeping);
    this.#transport?.stopListening();
    const had = this.#connections.size;
    this.#restartAll();
    if (had > 0) await pause(partingMs);
    await this.#transport?.close();
  }

  /** Whether the follower is started: only then is a stream's head the log's. */
  setFed(fed: boolean): void {
    this.#fed = fed;
  }

  onEvents(events: readonly SequencedEvent[]): void {
    this.#streams.onEvents(events);
  }

  onEphemeral(frame: EphemeralFrame): void {
    this.#streams.onEphemeral(frame);
  }

  onControl(message: ControlMessage): void {
    for (const connection of [...this.#connections]) {
      if (connection.userId === message.userId) connection.close(message.code, message.reason);
    }
  }

  async #upgrade(request: UpgradeRequest): Promise<UpgradeAnswer<Admission>> {
    try {
      return await this.#admit(request);
    } catch (error) {
      if (error instanceof Refusal) return refusal(error);
      this.#options.logger.warn({ err: error, path: request.path }, "upgrade failed");
      return refusal(new Refusal("unavailable", "The log cannot be read now, try again."));
    }
  }

  async #admit(request: UpgradeRequest): Promise<UpgradeAnswer<Admission>> {
    const name = streamOf(request.path);
    if (name === null) throw new Refusal("not_found", "No socket lives here.");
    if (this.#connections.size >= this.#options.maxSockets) {
      throw new Refusal("overloaded", "This relay holds as many sockets as it may.");
    }
    if (!this.#fed || this.#stopping) throw new Refusal("unavailable", "The relay is starting or stopping, try again.");
    const { viewer, protocol } = await authenticate(request, this.#options.auth);
    requirePermission(viewer.actor, "agents_stream.watch");
    const { stream, head } = await this.#streams.open(name);
    const data: Admission = {
      viewer,
      stream,
      head,
      since: request.query.get("since"),
      epoch: request.query.get("epoch"),
      address: this.#addressOf(request),
      connection: null,
      leave: null,
    };
    return { accept: true, data, protocol };
  }

  #open(socket: Socket<Admission>): void {
    const { viewer, stream, head, since, epoch, address } = socket.data;
    const { auth, logger } = this.#options;
    const session = new Session(socket, stream, head, this.#pages, this.#limits);
    const connection = new Connection({ socket, session, stream: stream.name, address, viewer, auth, logger });
    socket.data.connection = connection;
    this.#connections.add(connection);
    if (this.#stopping || !this.#streams.has(stream)) {
      connection.close(closeCodes.restart, retryReason());
      return;
    }
    if (stream.name === agentsStream) socket.data.leave = this.#arrive(viewer);
    socket.cork(() => session.begin(heartbeatMs, since, epoch));
  }

  /** A token of its own makes an agent alive; a watcher of the open demo and an admin are nobody's availability. */
  #arrive({ actor }: Viewer): (() => void) | null {
    if (actor.kind !== "user" || actor.role !== "agent" || actor.id === null) return null;
    return this.#options.liveness?.opened(actor.id) ?? null;
  }

  #closed(socket: Socket<Admission>, code: number): void {
    const { connection, leave } = socket.data;
    if (!connection) return;
    leave?.();
    this.#connections.delete(connection);
    connection.ended(code);
  }

  #restartAll(why?: string): void {
    if (why) this.#options.logger.warn({ sockets: this.#connections.size, why }, "all sockets start over");
    for (const connection of [...this.#connections]) connection.close(closeCodes.restart, retryReason());
  }

  /** The client's address as the nearest proxy that is believed saw it. */
  #addressOf(request: UpgradeRequest): string {
    const { remoteAddress } = request;
    const loopback = /^(127\.|::1$|::ffff:127\.|0000:0000:0000:0000:0000:0000:0000:0001$)/.test(remoteAddress);
    const forwarded = request.header("x-forwarded-for")?.split(",").at(-1)?.trim();
    return (loopback || this.#options.trustProxy) && forwarded ? forwarded.slice(0, 64) : remoteAddress;
  }
}

/** The stream that lives under a path; null: none does. */
function streamOf(path: string): string | null {
  return path === "/ws/agents/" || path === "/ws/agents" ? agentsStream : null;
}

function retryReason(): string {
  return `retry_ms=${Math.floor(Math.random() * (restartSpreadMs + 1))}`;
}

function refusal({ code, message, facts }: Refusal): UpgradeAnswer<never> {
  return { accept: false, status: httpStatusOf[code], problem: { status: code, detail: message, ...facts } };
}
