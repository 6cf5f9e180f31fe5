import { type ChatAct, chatFrames, isChatFrame } from "../contract/chat-frames.js";
import type { ErrorCode, FieldFault } from "../domain/errors.js";
import { unstorable } from "../domain/storable.js";

/** What a client may say (CONTRACT.md 5): anywhere, and on a chat socket; or why it was not understood. */
export type ClientFrame =
  | { type: "resume"; since: unknown; epoch: unknown }
  | { type: "ping" }
  | { type: "auth"; token: string }
  | { type: "chat"; act: ChatAct }
  | ({ type: "error"; status: ErrorCode; detail: string } & Record<string, unknown>);

const onAgents = "Frames here are resume, ping and auth.";
const onChat = "Frames here are message, read, typing, resume, ping and auth.";

/** Reads a client's frame. Never throws: what is wrong comes back as an `error` frame to answer with. */
export function parseClientFrame(text: string, door: "agents" | "chat" = "agents"): ClientFrame {
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
  if (door === "chat" && isChatFrame(frame.type)) return parseChatFrame(frame.type, frame);
  return { type: "error", status: "invalid_body", detail: door === "chat" ? onChat : onAgents };
}

function parseChatFrame(type: keyof typeof chatFrames, frame: object): ClientFrame {
  const { kind, schema } = chatFrames[type];
  const faults = unstorable(frame, "body");
  // What is nested past all use is looked at no further.
  const parsed = faults.length > 0 ? null : schema.safeParse(frame);
  if (parsed?.success) return { type: "chat", act: { kind, ...parsed.data } as ChatAct };
  const errors: FieldFault[] = [
    ...faults.map(({ path, message }) => ({ path, message })),
    ...(parsed?.error.issues ?? []).map(({ path, message }) => ({ path: ["body", ...path].join("."), message })),
  ].slice(0, 20);
  const detail = `This is not a ${type} frame: ${errors.map((fault) => `${fault.path} ${fault.message}`).join("; ")}.`;
  return { type: "error", status: "invalid_body", detail: detail.slice(0, 500), errors, ...echoOf(frame) };
}

/** What tells the client which of its messages an answer is about. */
function echoOf(frame: object): Record<string, unknown> {
  const echo = "client_id" in frame ? frame.client_id : null;
  return typeof echo === "string" && echo.length <= 255 ? { client_id: echo } : {};
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
