import type { ErrorCode } from "../domain/errors.js";

/** What a client may say on any socket (CONTRACT.md 5), or why it was not understood. */
export type ClientFrame =
  | { type: "resume"; since: unknown; epoch: unknown }
  | { type: "ping" }
  | { type: "auth"; token: string }
  | { type: "error"; status: ErrorCode; detail: string };

/** Reads a client's frame. Never throws: what is wrong comes back as an `error` frame to answer with. */
export function parseClientFrame(text: string): ClientFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { type: "error", status: "invalid_json", detail: "A frame is one JSON object." };
  }
  if (typeof frame !== "object" || frame === null || Array.isArray(frame) || !("type" in frame)) {
    return { type: "error", status: "invalid_body", detail: "A frame is a JSON object with a type." };
  }
  if (frame.type === "ping") return { type: "ping" };
  if (frame.type === "resume") {
    return {
      type: "resume",
      since: "since" in frame ? frame.since : null,
      epoch: "epoch" in frame ? frame.epoch : null,
    };
  }
  if (frame.type === "auth") {
    if ("token" in frame && typeof frame.token === "string") return { type: "auth", token: frame.token };
    return { type: "error", status: "invalid_body", detail: "auth needs a token." };
  }
  return { type: "error", status: "invalid_body", detail: "Frames here are resume, ping and auth." };
}

/** Counts a client's frames: `take` is false for the one that is too many within a second. */
export class FrameBudget {
  readonly #perSecond: number;
  #windowStartMs = 0;
  #taken = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  take(nowMs: number): boolean {
    if (nowMs - this.#windowStartMs >= 1000) {
      this.#windowStartMs = nowMs;
      this.#taken = 0;
    }
    this.#taken++;
    return this.#taken <= this.#perSecond;
  }
}
