import { LiveClient } from "../../../src/console/live/live-client.js";
import type { ServerFrame } from "../../../src/console/live/stream-log.js";
import type { Database } from "../../../src/db/database.js";
import { readQueuesOf } from "../../../src/db/queries/in-sight.js";
import { listMessages } from "../../../src/db/queries/list-messages.js";
import type { Actor } from "../../../src/domain/policy.js";
import { sightOf, type VisibilityMode } from "../../../src/domain/visibility.js";
import { clientSocket } from "../../support/socket-factory.js";

/** How a ticket stands, in a word. */
const standing = (status: unknown, owner: unknown) => `${status} ${owner ?? "nobody"}`;

/**
 * An agent's screen: the tickets that it was told of and not told to forget and how they stand, kept by the frames alone.
 * Only where it is told to start over it asks for the list.
 */
export class Watcher {
  readonly known = new Map<number, string>();
  /** Every frame about tickets that it was sent. */
  readonly frames: ServerFrame[] = [];
  resyncs = 0;
  readonly #db: Database;
  readonly #actor: Actor & { id: number };
  readonly #mode: VisibilityMode;
  readonly #live: LiveClient;
  #work: Promise<void> = Promise.resolve();

  constructor(db: Database, actor: Actor & { id: number }, mode: VisibilityMode) {
    this.#db = db;
    this.#actor = actor;
    this.#mode = mode;
    this.#live = new LiveClient({
      socket: clientSocket,
      onFrame: (frame) => this.#then(async () => this.#take(frame)),
      onResync: () => {
        this.resyncs++;
        this.#then(() => this.#startOver());
      },
    });
  }

  get id(): number {
    return this.#actor.id;
  }

  /** Up to where it was told; not before what was told is on the screen. */
  async pos(): Promise<number | null> {
    const { pos } = this.#live;
    await this.#work;
    return pos;
  }

  connect(url: string, token: string, since?: number): void {
    this.#live.connect(`${url}/ws/agents/`, { token, ...(since === undefined ? {} : { since }) });
  }

  close(): void {
    this.#live.close();
  }

  /** What the lists show it now. */
  async listed(): Promise<Map<number, string>> {
    const queues = (await readQueuesOf(this.#db.kysely, [this.id])).get(this.id);
    const sight = sightOf(this.#actor, this.#mode, queues);
    const rows = await listMessages(this.#db.kysely, { filters: {}, order: "oldest", limit: 10_000, sight });
    return new Map(rows.map(({ message }) => [message.id, standing(message.status, message.assigneeId)]));
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work);
  }

  async #startOver(): Promise<void> {
    this.known.clear();
    for (const [id, stands] of await this.listed()) this.known.set(id, stands);
  }

  async #take(frame: ServerFrame): Promise<void> {
    this.frames.push(frame);
    const id = Number(frame.message_id);
    if (frame.type === "message_new" || frame.type === "message_update") {
      this.known.set(id, standing(frame.status, frame.assigned_to));
    } else if (frame.type === "message_deleted") this.known.delete(id);
    else if (frame.type === "messages_imported") {
      for (const [other, stands] of await this.listed()) {
        if (other >= Number(frame.first_id) && other <= Number(frame.last_id)) this.known.set(other, stands);
      }
    }
  }
}
