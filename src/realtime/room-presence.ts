import { clearLostRooms, enterRoom, leaveRoom, type PresenceContext } from "../commands/room-presence.js";
import { type Occupant, renewOccupants } from "../db/queries/room-presence.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

export interface RoomPresenceOptions extends PresenceContext {
  logger: Logger;
  /** How often those who are here are written again, ms: a third of what a row lasts. */
  everyMs?: number;
}

/** Comings and goings that are written at once, so that a restarted relay's thousand leave connections free. */
const lanesMax = 4;
/** Renewals that must have succeeded one after the other before others are taken for lost. */
const calmTicks = 2;

interface Room {
  occupant: Occupant;
  sockets: number;
  /** What the table says, as far as this relay knows. */
  written: boolean;
}

/**
 * Who is in the rooms of this relay (DESIGN.md 7). A user's first socket in a room and its last one are written down,
 * which shows `user_joined` and `user_left` to the others where it is at no other relay; all are written again every 5 s.
 * A relay that is killed leaves rows that run out: whichever relay finds them says `user_left`. One that stops leaves them
 * too: its clients are elsewhere before they run out, and nobody flickers. While the database is away nothing is said, and
 * nobody is taken for lost until renewals have worked for a while.
 */
export class RoomPresence implements Service {
  readonly name = "presence";
  readonly #options: RoomPresenceOptions;
  readonly #stopping = new AbortController();
  readonly #rooms = new Map<string, Room>();
  /** Rooms whose row is not what it should be; in the order in which that was found. */
  readonly #due = new Set<string>();
  readonly #inHand = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  #lanes = 0;
  #calm = 0;
  #failing = false;
  #loop: Promise<void> | null = null;

  constructor(options: RoomPresenceOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  /** Ends after what is under way; who is here stays written down for as long as a row lasts. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#loop, ...this.#underWay]);
  }

  /** A socket of a user is open in a room; the result is to be called once, when it has closed. Never waits. */
  entered(occupant: Occupant): () => void {
    const key = keyOf(occupant);
    const room = this.#rooms.get(key) ?? { occupant, sockets: 0, written: false };
    this.#rooms.set(key, room);
    room.sockets++;
    this.#look(key);
    return () => {
      room.sockets--;
      this.#look(key);
    };
  }

  #look(key: string): void {
    const room = this.#rooms.get(key);
    if (!room || room.sockets > 0 === room.written) return;
    this.#due.add(key);
    this.#openLane();
  }

  async #run(): Promise<void> {
    const { everyMs = 5000 } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      await this.#tick();
    }
  }

  async #tick(): Promise<void> {
    const here = [...this.#rooms.values()].filter(({ written, sockets }) => written && sockets > 0);
    try {
      const { db, relayId } = this.#options;
      const gone = await renewOccupants(
        db,
        relayId,
        here.map(({ occupant }) => occupant),
      );
      for (const occupant of gone) this.#miss(keyOf(occupant));
      if (++this.#calm >= calmTicks) await clearLostRooms(this.#options);
      this.#recovered();
    } catch (error) {
      this.#failed(error);
    }
    for (let n = this.#due.size; n > 0 && this.#lanes < lanesMax; n--) this.#openLane();
  }

  /** Somebody's row is gone while it is here: a crash of the server, or another relay took this one for dead. */
  #miss(key: string): void {
    const room = this.#rooms.get(key);
    if (!room || this.#inHand.has(key)) return;
    room.written = false;
    this.#look(key);
  }

  #openLane(): void {
    if (this.#lanes >= lanesMax || this.#stopping.signal.aborted) return;
    this.#lanes++;
    const lane = this.#writeDue().finally(() => this.#underWay.delete(lane));
    this.#underWay.add(lane);
  }

  /** Writes what is due until nothing is left; the first that fails ends it, and the next tick tries again. */
  async #writeDue(): Promise<void> {
    try {
      for (;;) {
        const key = this.#next();
        if (key === null || this.#stopping.signal.aborted) return;
        this.#due.delete(key);
        if (!(await this.#write(key))) return;
      }
    } finally {
      // In the same tick as the last look at the set: what is due after it finds a lane missing.
      this.#lanes--;
    }
  }

  #next(): string | null {
    for (const key of this.#due) if (!this.#inHand.has(key)) return key;
    return null;
  }

  /** Brings a room's row up to its sockets; one lane at a time has a room in hand. */
  async #write(key: string): Promise<boolean> {
    const room = this.#rooms.get(key);
    if (!room) return true;
    const isHere = room.sockets > 0;
    this.#inHand.add(key);
    try {
      if (isHere !== room.written) {
        await (isHere ? enterRoom(this.#options, room.occupant) : leaveRoom(this.#options, room.occupant));
        room.written = isHere;
      }
      this.#recovered();
    } catch (error) {
      this.#due.add(key);
      this.#failed(error);
      return false;
    } finally {
      this.#inHand.delete(key);
    }
    if (room.sockets > 0 !== room.written) this.#due.add(key);
    else if (room.sockets === 0 && this.#rooms.get(key) === room) this.#rooms.delete(key);
    return true;
  }

  /** Said once until it works again. */
  #failed(error: unknown): void {
    this.#calm = 0;
    if (!this.#failing)
      this.#options.logger.warn({ err: error }, "who is in which room cannot be written, trying again");
    this.#failing = true;
  }

  #recovered(): void {
    if (this.#failing) this.#options.logger.info("who is in which room is written again");
    this.#failing = false;
  }
}

function keyOf({ conversationId, userId }: Occupant): string {
  return `${conversationId} ${userId}`;
}
