import type { OpenSockets } from "./messages.js";

/** A server whose frames are measured. */
export interface Source {
  name: string;
  /** Of the process that holds the sockets. */
  pid: number;
  /** How its sockets are opened. */
  door: Pick<OpenSockets, "port" | "path" | "greetings" | "say">;
  /** Says so many frames of about so many bytes at once; their positions, and when (ms since 1970) they were told to go. */
  publish(count: number, bytes: number): Promise<[pos: number, at: number][]>;
  stop(): Promise<void>;
}

/** Now, ms since 1970, finer than Date.now. */
export const nowMs = (): number => performance.timeOrigin + performance.now();
