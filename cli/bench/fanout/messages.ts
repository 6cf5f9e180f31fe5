/** How the sockets of a server are opened. */
export interface OpenSockets {
  port: number;
  path: string;
  greetings: number;
  say: string | null;
  count: number;
  /** So many of them stop reading at once. */
  stalled: number;
  /** Those that are closed are opened again. */
  again: boolean;
}

/** What the process of the sockets is told. */
export type ToSockets =
  | ({ do: "open" } & OpenSockets)
  /** Each that reads is to get so many frames. */
  | { do: "count"; each: number }
  /** From now on: when does which position come? */
  | { do: "clock" }
  /** How long after these times (ms since 1970, by position) they came. */
  | { do: "times"; said: [pos: number, at: number][] }
  | { do: "close" };

/** What it answers. */
export type FromSockets =
  | { is: "ready" }
  | { is: "open"; refused: number }
  | { is: "counted" }
  | { is: "clock" }
  | { is: "times"; deliveries: number; p50Ms: number; p99Ms: number }
  | { is: "closed" };

/** What a bare server is told, and what it answers. */
export type ToBare = { do: "publish"; texts: string[] };
export type FromBare = { is: "listening"; port: number } | { is: "missing"; why: string };

export type BareKind = "uws" | "ws" | "socket.io";
