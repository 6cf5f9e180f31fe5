import type { SequencedEvent } from "../contract/events.js";

/** A frame that is shown and forgotten (typing, presence): no position, may be lost. */
export interface EphemeralFrame {
  stream: string;
  frame: Record<string, unknown>;
}

/**
 * An order to the processes that hold sockets. `forget_streams`: events that were said were changed in the log, so that
 * nobody keeps copies of them; null: of any stream. `check_room`: who may be in a conversation has changed.
 */
export type ControlMessage =
  | { kind: "close_user"; userId: number; code: number; reason: string }
  | { kind: "check_room"; conversationId: number }
  | { kind: "forget_streams"; streams: string[] | null };

/** Streams that one order names at most: it has to fit a Postgres notice (8,000 bytes). */
const namedMax = 150;

/** The order to forget these streams; all of them, where they are too many to name. */
export function forgetStreams(streams: readonly string[]): ControlMessage {
  return { kind: "forget_streams", streams: streams.length > namedMax ? null : [...streams] };
}

/** What a listener can be told. Drivers may lose and repeat; nothing here is the truth (DESIGN.md 5). */
export interface BusHandlers {
  /** Events in `seq` order. A driver that carries references only never calls it: it calls `onHead`. */
  onEvents?: (events: SequencedEvent[]) => void;
  /** The highest `seq` that is published: once a second, and after each batch where events are not carried. */
  onHead?: (seq: number) => void;
  /** There is news in the outbox. */
  onWake?: () => void;
  onEphemeral?: (frame: EphemeralFrame) => void;
  onControl?: (message: ControlMessage) => void;
  /** The connection came (again) or was lost; after it came again, listeners look what they missed. */
  onConnection?: (connected: boolean) => void;
}

/**
 * Carries news between processes. Two drivers: Redis pub/sub and Postgres LISTEN/NOTIFY; one conformance suite.
 * Every publish rejects after a short deadline when the store is away, and works again by itself when it is back.
 */
export interface Bus {
  readonly driver: "redis" | "postgres";
  /** Publishes sequenced events, in order. Resolves when the store has taken them. */
  publishEvents(events: SequencedEvent[]): Promise<void>;
  publishHead(seq: number): Promise<void>;
  /** Hint to the sequencer: coalesced (one on the way at a time), never rejects, never waits. */
  wake(): void;
  /** At most 7,000 bytes of JSON; a larger one is refused by every driver alike. */
  publishEphemeral(frame: EphemeralFrame): Promise<void>;
  publishControl(message: ControlMessage): Promise<void>;
  /** Listens to the kinds that have a handler. Resolves once the subscription stands; the result ends it. */
  subscribe(handlers: BusHandlers): Promise<() => Promise<void>>;
  /** Resolves if the store answers within `timeoutMs`, else rejects. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}
