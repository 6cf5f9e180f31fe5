import type { ControlMessage, EphemeralFrame } from "../bus/bus.js";
import { conversationOf, type SequencedEvent } from "../contract/events.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import { type Admission, Admissions, tooManySockets } from "./admissions.js";
import type { Viewer } from "./authenticate.js";
import { Connection } from "./connection.js";
import type { RelayFigures, Traffic } from "./meter-relay.js";
import { PageReader } from "./page-reader.js";
import type { RelayOptions } from "./relay-options.js";
import { retryReasons } from "./retry-reasons.js";
import { Session } from "./session.js";
import type { SessionLimits } from "./session-terms.js";
import { Streams } from "./streams.js";
import { closeCodes, type Socket, type Transport } from "./transport.js";
import { TypingEnds } from "./typing-ends.js";
import { sightView } from "./view.js";

const maxPayloadBytes = 64 * 1024;
const idleTimeoutS = 60;
/** How often a client should ping when it hears nothing. */
const heartbeatMs = 25_000;
/** What is left of a stop after the close frames: time for the sockets to take them. */
const partingMs = 100;
const housekeepingMs = 10_000;
/** So soon after `restore-done` every client knows of it. */
const epochEveryMs = 2000;

/**
 * Holds sockets: decides who may open one, and keeps each in step with its stream. Fed by the follower through
 * `onEvents`, `onEphemeral` and `onControl`; until `setFed(true)` upgrades are answered 503. Database or bus may go away:
 * the sockets that are open stay.
 */
export class Relay implements Service, RelayFigures {
  readonly name = "relay";
  readonly #options: RelayOptions;
  readonly #pages: PageReader;
  readonly #streams: Streams;
  readonly #admissions: Admissions;
  readonly #typing: TypingEnds;
  readonly #limits: SessionLimits;
  readonly #connections = new Set<Connection>();
  /** Of the sockets that are closed. */
  readonly #past: Traffic = { framesSent: 0, bytesSent: 0, framesReceived: 0 };
  #transport: Transport | null = null;
  #housekeeping: NodeJS.Timeout | undefined;
  #epochWatch: NodeJS.Timeout | undefined;
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
      options.sights !== undefined,
    );
    this.#admissions = new Admissions(options, this.#streams, this);
    this.#typing = new TypingEnds((frame) => this.#streams.onEphemeral(frame), options.typingEndsMs);
    this.#limits = {
      pauseAboveBytes: Math.min(256 * 1024, options.maxBufferBytes / 4),
      drainTimeoutMs: 30_000,
      logTimeoutMs: 10_000,
      skipAfterMs: 1000,
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

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Whether it takes sockets. */
  get ready(): boolean {
    return this.#fed && !this.#stopping;
  }

  traffic(): Traffic {
    const sum = { ...this.#past };
    for (const { traffic } of this.#connections) addTraffic(sum, traffic);
    return sum;
  }

  buffered(): { all: number; slowest: number } {
    const buffered = { all: 0, slowest: 0 };
    for (const { bufferedBytes } of this.#connections) {
      buffered.all += bufferedBytes;
      buffered.slowest = Math.max(buffered.slowest, bufferedBytes);
    }
    return buffered;
  }

  /** The sockets that are open. */
  get connections(): Iterable<Connection> {
    return this.#connections;
  }

  async start(): Promise<void> {
    const { host, port, maxBufferBytes, logger } = this.#options;
    this.#transport = await this.#options.openTransport<Admission>(
      {
        upgrade: (request) => this.#admissions.answer(request),
        open: (socket) => this.#open(socket),
        message: (socket, text) => socket.data.connection?.message(text),
        drain: (socket) => socket.data.connection?.drained(),
        close: (socket, code) => this.#closed(socket, code),
        health: () => ({ status: "ok", ready: this.ready, sockets: this.#connections.size }),
        page: async (request) => (await this.#options.pages?.answer(request)) ?? null,
      },
      { maxBufferBytes, maxPayloadBytes, idleTimeoutS },
    );
    this.#port = await this.#transport.listen(host, port);
    this.#housekeeping = setInterval(() => this.#streams.forgetIdle(), housekeepingMs);
    this.#housekeeping.unref();
    this.#epochWatch = setInterval(() => void this.#streams.checkEpoch(), epochEveryMs);
    this.#epochWatch.unref();
    logger.info({ host, port: this.#port, transport: this.#transport.driver }, "listening");
  }

  /** Sends everybody away with 1012 and a time to come back, and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#housekeeping);
    clearInterval(this.#epochWatch);
    this.#typing.stop();
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
    this.#options.sights?.onEvents(events);
    this.#streams.onEvents(events);
  }

  onEphemeral(frame: EphemeralFrame): void {
    if (this.#streams.isHeard(frame.stream)) this.#typing.heard(frame);
    this.#streams.onEphemeral(frame);
  }

  onControl(message: ControlMessage): void {
    if (message.kind === "forget_streams") {
      this.forget(message.streams);
      return;
    }
    if (message.kind === "check_room") {
      this.#options.rooms?.check([message.conversationId]);
      return;
    }
    for (const connection of [...this.#connections]) {
      if (connection.userId === message.userId) connection.close(message.code, message.reason);
    }
  }

  /** Keeps no copy of what was said in these streams (null: in any) until now: it is read from the log again. */
  forget(streams: readonly string[] | null): void {
    this.#streams.forget(streams);
    const rooms = streams?.flatMap((name) => conversationOf(name) ?? []) ?? null;
    if (rooms === null || rooms.length > 0) this.#options.rooms?.check(rooms);
  }

  #open(socket: Socket<Admission>): void {
    const { viewer, door, stream, head, view, since, epoch, batch, address } = socket.data;
    const { auth, logger, socketLimits } = this.#options;
    const onReplay = this.#options.meter?.replayed;
    const session = new Session(socket, stream, head, this.#pages, this.#limits, { view, batch, onReplay });
    const connection = new Connection({ socket, session, stream: stream.name, address, viewer, auth, logger });
    socket.data.connection = connection;
    this.#connections.add(connection);
    const isOneTooMany = socketLimits?.hasRoom(viewer.actor.id) === false;
    socketLimits?.opened(viewer.actor.id);
    if (isOneTooMany) {
      connection.close(closeCodes.tooManyFrames, tooManySockets);
      return;
    }
    if (this.#stopping || !this.#streams.has(stream)) {
      connection.close(closeCodes.restart, retryReasons(1)[0] ?? "");
      return;
    }
    if (door.kind === "chat") this.#enter(door.conversationId, connection, socket.data);
    else this.#watch(session, socket.data);
    socket.cork(() => session.begin(heartbeatMs, since, epoch));
  }

  /** On the agents' stream: who is an agent is alive; what it sees is kept up to date. */
  #watch(session: Session, data: Admission): void {
    data.leave = this.#arrive(data.viewer);
    const { sights } = this.#options;
    if (data.view && sights) {
      data.unwatch = sights.watch(data.viewer.actor, (now) => session.see(sightView(now)));
    }
  }

  #enter(conversationId: number, connection: Connection, data: Admission): void {
    const entered = this.#options.rooms?.opened({
      conversationId,
      get actor() {
        return connection.viewer.actor;
      },
      say: (frame) => connection.say(frame),
      close: (code, reason) => connection.close(code, reason),
    });
    if (!entered) return;
    connection.speaker = entered.speaker;
    data.leave = entered.leave;
  }

  /** A token of its own makes an agent alive; a watcher of the open demo and an admin are nobody's availability. */
  #arrive({ actor }: Viewer): (() => void) | null {
    if (actor.kind !== "user" || actor.role !== "agent" || actor.id === null) return null;
    return this.#options.liveness?.opened(actor.id) ?? null;
  }

  #closed(socket: Socket<Admission>, code: number): void {
    const { connection, leave, unwatch } = socket.data;
    if (!connection) return;
    leave?.();
    unwatch?.();
    this.#connections.delete(connection);
    this.#options.meter?.closed(code);
    addTraffic(this.#past, connection.traffic);
    this.#options.socketLimits?.closed(socket.data.viewer.actor.id);
    connection.ended(code);
  }

  #restartAll(why?: string): void {
    if (why) this.#options.logger.warn({ sockets: this.#connections.size, why }, "all sockets start over");
    const all = [...this.#connections];
    const reasons = retryReasons(all.length);
    for (const [index, connection] of all.entries()) connection.close(closeCodes.restart, reasons[index] ?? "");
  }
}

function addTraffic(sum: Traffic, more: Traffic): void {
  sum.framesSent += more.framesSent;
  sum.bytesSent += more.bytesSent;
  sum.framesReceived += more.framesReceived;
}
