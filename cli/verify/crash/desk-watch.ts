import type { ServerFrame } from "../../../src/console/live/stream-log.js";
import { frameHash } from "../stream/frame-hash.js";
import { StreamWatch } from "../stream/stream-watch.js";
import { addWireFaults, newWireFaults, type WireFaults } from "../stream/wire-log.js";
import type { CrashGround, CrashPerson } from "./ground.js";
import type { TicketBoard } from "./ticket-board.js";

export interface DeskWatchOptions {
  ground: CrashGround;
  board: TicketBoard;
  /** `ws://…/ws/agents/`: through the API's port, and at the relay. */
  urls: string[];
  /** An online agent was given this by a push. */
  onPushed: (ticketId: number, agent: CrashPerson) => void;
}

/** A watcher's own log: what it was told at each position. */
export interface WatchedLog {
  name: string;
  from: number;
  to: number;
  /** Position -> what the frame said. */
  frames: Map<number, number>;
  doubles: number;
  holes: number;
  connections: number;
  wire: WireFaults;
}

/** A socket that is listened to, and what each of its frames said. */
export interface Watched {
  name: string;
  watch: StreamWatch;
  frames: Map<number, number>;
}

/** What it has heard so far, as its own log. */
export function watchedLog({ name, watch, frames }: Watched): WatchedLog {
  const { doubles, holes, connections } = watch;
  const wire = newWireFaults();
  addWireFaults(wire, watch.wire);
  return { name, from: watch.from ?? 0, to: watch.pos ?? 0, frames, doubles, holes, connections, wire };
}

/** The run's sockets on the stream `agents`: two watchers (one by each way), and every agent that is pushed to. */
export class DeskWatch {
  readonly #options: DeskWatchOptions;
  readonly #watches: Watched[] = [];
  /** When each was sent something, ms of `performance.now()`, in order. */
  readonly eventsAt: number[][] = [];

  constructor(options: DeskWatchOptions) {
    this.#options = options;
    const { ground, urls } = options;
    for (const [index, url] of urls.entries()) this.#add(`watcher ${index + 1}`, url, ground.admin, index === 0);
    for (const [index, agent] of ground.agents.slice(0, ground.online).entries()) {
      this.#add(agent.name, urls[index % urls.length] ?? "", agent, false);
    }
  }

  open(): void {
    for (const { watch } of this.#watches) watch.open();
  }

  close(): void {
    for (const { watch } of this.#watches) watch.close();
  }

  /** The position that all of them have reached; null while one has not said hello yet. */
  get reached(): number | null {
    const all = this.#watches.map(({ watch }) => (watch.from === null ? null : watch.pos));
    return all.some((pos) => pos === null) ? null : Math.min(...all.map(Number));
  }

  logs(): WatchedLog[] {
    return this.#watches.map(watchedLog);
  }

  #add(name: string, url: string, person: CrashPerson, leads: boolean): void {
    const frames = new Map<number, number>();
    const eventsAt: number[] = [];
    this.eventsAt.push(eventsAt);
    const onFrame = (frame: ServerFrame) => {
      frames.set(Number(frame.pos), frameHash(frame));
      eventsAt.push(performance.now());
      if (leads) this.#lead(frame);
      if (frame.type === "batch_assigned" && frame.reason === "push" && frame.agent_id === person.id) {
        for (const id of frame.message_ids as number[]) this.#options.onPushed(id, person);
      }
    };
    this.#watches.push({ name, frames, watch: new StreamWatch({ url, token: person.token, onFrame }) });
  }

  /** One of them keeps the board. */
  #lead(frame: ServerFrame): void {
    if (frame.type !== "message_update") return;
    const agentId = typeof frame.assigned_to === "number" ? frame.assigned_to : null;
    const state = frame.status === "unassigned" ? "waiting" : frame.status === "closed" ? "closed" : "owned";
    this.#options.board.moved(Number(frame.message_id), state, agentId);
  }
}
