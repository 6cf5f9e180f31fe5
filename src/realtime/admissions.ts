import { Gate } from "../commands/gate.js";
import { httpStatusOf } from "../contract/problems.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { forwardedAddress } from "../runtime/forwarded-address.js";
import { networkOf } from "../runtime/network-of.js";
import { authenticate, type Viewer } from "./authenticate.js";
import type { Connection } from "./connection.js";
import { type Door, doorOf } from "./door.js";
import type { StreamHead } from "./event-log.js";
import type { RelayOptions } from "./relay-options.js";
import type { Stream, Streams } from "./streams.js";
import type { UpgradeAnswer, UpgradeRequest } from "./transport.js";
import { sightView, type View } from "./view.js";

/** What a socket carries from its upgrade to its opening. */
export interface Admission {
  viewer: Viewer;
  door: Door;
  stream: Stream;
  head: StreamHead;
  /** null: all, as it is. */
  view: View | null;
  since: string | null;
  epoch: string | null;
  /** It takes `batch`. */
  batch: boolean;
  address: string;
  connection: Connection | null;
  /** Says that somebody has left; null: nobody is told. */
  leave: (() => void) | null;
  /** Ends the watch of what the viewer sees; null: there is none. */
  unwatch: (() => void) | null;
}

/** Why a user's socket was not opened, or closed at once. */
export const tooManySockets = "You have as many sockets open as you may.";

/**
 * So many are looked at by the rooms at once: each costs a few statements, and when thousands come back the others of this
 * process still get a connection.
 */
const roomGate = { concurrency: 8, queueMax: 20_000, waitMs: 10_000, refusal: "Too many are coming in, try again." };

/** Decides who may open a socket (CONTRACT.md 5), and what it carries along. */
export class Admissions {
  readonly #options: RelayOptions;
  readonly #streams: Pick<Streams, "open">;
  readonly #relay: { readonly socketCount: number; readonly ready: boolean };
  readonly #rooms = new Gate(roomGate);

  constructor(
    options: RelayOptions,
    streams: Pick<Streams, "open">,
    relay: { readonly socketCount: number; readonly ready: boolean },
  ) {
    this.#options = options;
    this.#streams = streams;
    this.#relay = relay;
  }

  /** The answer to an upgrade; never rejects. */
  async answer(request: UpgradeRequest): Promise<UpgradeAnswer<Admission>> {
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
    if (this.#relay.socketCount >= this.#options.maxSockets) {
      throw new Refusal("overloaded", "This relay holds as many sockets as it may.");
    }
    if (!this.#relay.ready) throw new Refusal("unavailable", "The relay is starting or stopping, try again.");
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
      batch: request.query.get("batch") === "1",
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
      const admit = async () => rooms?.admit(visitor, request.query.get("dialect"));
      return (await this.#rooms.run(admit)) ?? null;
    }
    const sight = await sights?.read(actor, door.stream);
    return sight ? sightView(sight) : null;
  }

  /** The client's address as the nearest proxy that is believed saw it. */
  #addressOf(request: UpgradeRequest): string {
    const { remoteAddress } = request;
    const loopback = /^(127\.|::1$|::ffff:127\.|0000:0000:0000:0000:0000:0000:0000:0001$)/.test(remoteAddress);
    const believed = loopback || this.#options.trustProxy;
    return (believed && forwardedAddress(request.header("x-forwarded-for"))) || remoteAddress;
  }
}

function refusal({ code, message, facts }: Refusal): UpgradeAnswer<never> {
  const status = httpStatusOf[code];
  const headers = status === 429 || status === 503 ? { "retry-after": String(facts.retry_after_s ?? 1) } : {};
  return { accept: false, status, problem: { status: code, detail: message, ...facts }, headers };
}
