import type { ControlMessage, EphemeralFrame } from "../bus/bus.js";
import { conversationOf, type SequencedEvent } from "../contract/events.js";
import { httpStatusOf } from "../contract/problems.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { pause } from "../runtime/deadline.js";
import { forwardedAddress } from "../runtime/forwarded-address.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";
import { networkOf } from "../runtime/network-of.js";
import type { SystemPages } from "../runtime/system-pages.js";
import type { AgentSights } from "./agent-sights.js";
import { type AuthenticateOptions, authenticate, type Viewer } from "./authenticate.js";
import type { ChatRooms } from "./chat-rooms.js";
import { Connection } from "./connection.js";
import { type Door, doorOf } from "./door.js";
import type { EventLog, StreamHead } from "./event-log.js";
import type { LivenessKeeper } from "./liveness-keeper.js";
import type { RelayFigures, RelayMeter, Traffic } from "./meter-relay.js";
import { PageReader } from "./page-reader.js";
import { Session, type SessionLimits } from "./session.js";
import type { SocketLimits } from "./socket-limits.js";
import { type Stream, Streams } from "./streams.js";
import {
  closeCodes,
  type Socket,
  type Transport,
  type TransportFactory,
  type UpgradeAnswer,
  type UpgradeRequest,
} from "./transport.js";
import { TypingEnds } from "./typing-ends.js";
import { sightView, type View } from "./view.js";

export interface RelayOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  maxBufferBytes: number;
  maxSockets: number;
  /** Whose X-Forwarded-For is believed besides the API's on loopback: 1 for any. */
  trustProxy: boolean;
  log: EventLog;
  auth: AuthenticateOptions;
  openTransport: TransportFactory;
  /** Told of each signed-in socket of an agent; without it nobody is online by a socket. */
  liveness?: Pick<LivenessKeeper, "opened">;
  /** What agents see, where AGENT_VISIBILITY hides something; the log is to be an addressed one then. */
  sights?: Pick<AgentSights, "read" | "watch" | "onEvents"> | undefined;
  /** The rooms of conversations; without it no socket lives there. */
  rooms?: Pick<ChatRooms, "admit" | "opened" | "check">;
  /** How often an address may open one, and how many a user may have; without it as often as anybody likes. */
  socketLimits?: SocketLimits;
  /** Told of what happens to sockets, for the figures. */
  meter?: RelayMeter;
  /** `/readyz` and `/metrics`, on the same port. */
  pages?: Pick<SystemPages, "answer">;
  logger: Logger;
  /** Defaults suit production; tests shorten them. */
  limits?: Partial<SessionLimits>;
  /** After how long somebody's typing ends by itself, ms. */
  typingEndsMs?: number;
}

/** What a socket carries from its upgrade to its opening. */
interface Admission {
  viewer: Viewer;
  door: Door;
  stream: Stream;
  head: StreamHead;
  /** null: all, as it is. */
  view: View | null;
  since: string | null;
  epoch: string | null;
  address: string;
  connection: Connection | null;
  /** Says that somebody has left; null: nobody is told. */
  leave: (() => void) | null;
  /** Ends the watch of what the viewer sees; null: there is none. */
  unwatch: (() => void) | null;
}

const tooManySockets = "You have as many sockets open as you may.";
const maxPayloadBytes = 64 * 1024;
const idleTimeoutS = 60;
/** How often a client should ping when it hears nothing. */
const heartbeatMs = 25_000;
/** Over how long the clients of a relay that restarts come back. */
const restartSpreadMs = 2000;
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
        upgrade: (request) => this.#upgrade(request),
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

  async #upgrade(request: UpgradeRequest): Promise<UpgradeAnswer<Admission>> {
    const answer = await this.#answerTo(request);
    this.#options.meter?.upgraded(answer.accept ? 101 : answer.status);
    return answer;
  }

  async #answerTo(request: UpgradeRequest): Promise<UpgradeAnswer<Admission>> {
    try {
      return await this.#admit(request);
    } catch (thrown) {
      const error = this.#options.socketLimits?.judged(networkOf(this.#addressOf(request)), thrown) ?? thrown;
      if (error instanceof Refusal) return refusal(error);
      this.#options.logger.warn({ err: error, path: request.path }, "upgrade failed");
      return refusal(new Refusal("unavailable", "The log cannot be read now, try again."));
    }
  }

  async #admit(request: UpgradeRequest): Promise<UpgradeAnswer<Admission>> {
    const { socketLimits } = this.#options;
    socketLimits?.arrived(networkOf(this.#addressOf(request)));
    const door = doorOf(request.path);
    if (!door || (door.kind === "chat" && !this.#options.rooms))
      throw new Refusal("not_found", "No socket lives here.");
    if (this.#connections.size >= this.#options.maxSockets) {
      throw new Refusal("overloaded", "This relay holds as many sockets as it may.");
    }
    if (!this.#fed || this.#stopping) throw new Refusal("unavailable", "The relay is starting or stopping, try again.");
    const { viewer, protocol } = await authenticate(request, this.#options.auth);
    requirePermission(viewer.actor, door.kind === "agents" ? "agents_stream.watch" : "chat.watch");
    if (socketLimits?.hasRoom(viewer.actor.id) === false) throw new Refusal("rate_limited", tooManySockets);
    const view = await this.#viewOf(viewer, door, request);
    const { stream, head } = await this.#streams.open(door.stream);
    const data: Admission = {
      viewer,
      door,
      stream,
      head,
      view,
      since: request.query.get("since"),
      epoch: request.query.get("epoch"),
      address: this.#addressOf(request),
      connection: null,
      leave: null,
      unwatch: null,
    };
    return { accept: true, data, protocol };
  }

  async #viewOf({ actor }: Viewer, door: Door, request: UpgradeRequest): Promise<View | null> {
    const { sights, rooms } = this.#options;
    if (door.kind === "chat") {
      const visitor = { actor, conversationId: door.conversationId };
      return (await rooms?.admit(visitor, request.query.get("dialect"))) ?? null;
    }
    const sight = await sights?.read(actor, door.stream);
    return sight ? sightView(sight) : null;
  }

  #open(socket: Socket<Admission>): void {
    const { viewer, door, stream, head, view, since, epoch, address } = socket.data;
    const { auth, logger, socketLimits } = this.#options;
    const onReplay = this.#options.meter?.replayed;
    const session = new Session(socket, stream, head, this.#pages, this.#limits, view, onReplay);
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
      connection.close(closeCodes.restart, retryReason());
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
    for (const connection of [...this.#connections]) connection.close(closeCodes.restart, retryReason());
  }

  /** The client's address as the nearest proxy that is believed saw it. */
  #addressOf(request: UpgradeRequest): string {
    const { remoteAddress } = request;
    const loopback = /^(127\.|::1$|::ffff:127\.|0000:0000:0000:0000:0000:0000:0000:0001$)/.test(remoteAddress);
    const believed = loopback || this.#options.trustProxy;
    return (believed && forwardedAddress(request.header("x-forwarded-for"))) || remoteAddress;
  }
}

function addTraffic(sum: Traffic, more: Traffic): void {
  sum.framesSent += more.framesSent;
  sum.bytesSent += more.bytesSent;
  sum.framesReceived += more.framesReceived;
}

function retryReason(): string {
  return `retry_ms=${Math.floor(Math.random() * (restartSpreadMs + 1))}`;
}

function refusal({ code, message, facts }: Refusal): UpgradeAnswer<never> {
  const status = httpStatusOf[code];
  const headers = status === 429 || status === 503 ? { "retry-after": String(facts.retry_after_s ?? 1) } : {};
  return { accept: false, status, problem: { status: code, detail: message, ...facts }, headers };
}
