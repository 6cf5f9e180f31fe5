import type { View } from "./view.js";

/** How patient a session is with its reader and with the log. */
export interface SessionLimits {
  /** A replay waits while the reader is behind by more than that. */
  pauseAboveBytes: number;
  /** A reader that takes nothing for that long during a replay is closed with 4408. */
  drainTimeoutMs: number;
  /** A replay whose log cannot be read for that long is closed with 1013. */
  logTimeoutMs: number;
  /** What a reader may not see is told as skipped that long after it at the latest. */
  skipAfterMs: number;
}

/** How a session came to be behind its stream: its client resumed, it fell behind, or it had to start over. */
export type ReplayKind = "resume" | "behind" | "resync";

/** What sets one client's session apart. */
export interface SessionWishes {
  /** null: it is sent all there is, as it is. */
  view?: View | null;
  /** It takes `batch`: frames that follow each other come together. */
  batch?: boolean;
  onReplay?: ((kind: ReplayKind) => void) | undefined;
}
