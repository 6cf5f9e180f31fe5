import { conversationOf } from "../contract/events.js";
import type { View } from "./view.js";

type Told = Readonly<Record<string, unknown>>;

/** A frame of a conversation in the words of seed 003 (CONTRACT.md 5), at the same `pos`. What it has no word for stays. */
export function inThreadsWords(frame: Told): Told {
  switch (frame.type) {
    case "hello":
      return { ...frame, type: "connection_established", thread_id: conversationOf(String(frame.stream)) };
    case "message:new": {
      const { message, ...rest } = frame;
      return { ...rest, type: "chat_message", data: dataOf(message) };
    }
    case "message:edited":
    case "message:deleted": {
      const { message, ...rest } = frame;
      return { ...rest, data: dataOf(message) };
    }
    case "read": {
      const { user_id: id, message_ids: ids, ...rest } = frame;
      return { ...rest, type: "messages_read", message_ids: ids ?? [], reader: { id } };
    }
    case "conversation": {
      const { conversation_id: thread_id, ...rest } = frame;
      return { ...rest, type: "thread_updated", thread_id };
    }
    case "typing": {
      const { user_id: id, name, ...rest } = frame;
      return { ...rest, type: "typing_indicator", user: { id, name } };
    }
    default:
      return frame;
  }
}

/** `inner` (null: all there is) in the words of seed 003. */
export function threadsView(inner: View | null): View {
  const inWords = (text: string | null) =>
    text === null ? null : JSON.stringify(inThreadsWords(JSON.parse(text) as Told));
  return {
    part: inner?.part ?? null,
    shown: (stream, frame) => inWords(inner ? inner.shown(stream, frame) : frame.text),
    passing: (frame, text) => inWords(inner ? inner.passing(frame, text) : text),
    said: (frame) => inThreadsWords(inner ? inner.said(frame) : frame),
  };
}

/** A message as seed 003's clients know it: in a thread, with its words also as `message`. */
function dataOf(message: unknown): unknown {
  if (typeof message !== "object" || message === null) return message;
  const { conversation_id: thread, text } = message as Told;
  return { ...message, thread_id: thread, message: text };
}
