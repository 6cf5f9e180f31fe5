import type { WireFaults } from "./wire-log.js";

/** What the process of the clients is told. */
export type ToClients =
  | {
      do: "open";
      urls: string[];
      token: string;
      since: number;
      epoch: string;
      clients: number;
      dropRate: number;
      seed: number;
    }
  /** No more drops: all are to get to that position. */
  | { do: "settle"; pos: number }
  /** What was said at these positions after the start: `hashes[n]` at `since + 1 + n`. */
  | { do: "judge"; from: number; hashes: number[] }
  | { do: "end" };

/** What it answers. */
export type FromClients =
  | { is: "ready" }
  | { is: "open"; open: number }
  | { is: "settled"; behind: number }
  | { is: "judged"; figures: ClientFigures };

/** All clients together. */
export interface ClientFigures {
  clients: number;
  /** Connections that said hello, and times that a client was dropped, by how. */
  connections: number;
  drops: Record<string, number>;
  /** Frames that all clients delivered, and positions that they were told to skip. */
  delivered: number;
  skipped: number;
  /** Positions up to their ends that clients know nothing of. */
  holes: number;
  doubles: number;
  /** Clients that are not where the stream is. */
  behind: number;
  /** Frames that say something else than the log does at their position. */
  otherwise: number;
  /** The first few of those. */
  examples: string[];
  wire: WireFaults;
}
