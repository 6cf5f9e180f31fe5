import { isShown, shownOf } from "../domain/audience.js";
import { type Sight, sightKey } from "../domain/visibility.js";
import type { Frame } from "./event-log.js";

/** What one reader is sent of its stream, and in which words. A reader without a view is sent all there is, as it is. */
export interface View {
  /**
   * The part of the stream that it is: another part is another log to its reader, under another epoch. null: the reader
   * can keep its position whatever it saw before.
   */
  readonly part: string | null;
  /** What the reader is sent of a durable frame; null: it is to skip it. */
  shown(stream: string, frame: Frame): string | null;
  /** The same of a frame without a position, and its text; null: nothing. */
  passing(frame: Readonly<Record<string, unknown>>, text: string): string | null;
  /** What is said to this reader alone, in its words. */
  said(frame: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

/** What an agent is sent of the stream `agents` where AGENT_VISIBILITY hides something. */
export function sightView(sight: Sight): View {
  return {
    part: sight.kind === "all" ? null : sightKey(sight),
    // What is addressed to nobody in particular, because nothing was to be hidden when it was read, is not shown.
    shown: (stream, { pos, text, audience }) => (audience ? shownOf(sight, stream, { pos, text, audience }) : null),
    passing: (frame, text) => (isShown(sight, frame) ? text : null),
    said: (frame) => frame,
  };
}

/** What somebody in a conversation who is no agent is sent of it: all but the notes. */
export const withoutNotes: View = {
  part: null,
  shown: (_stream, { text, audience }) => (audience?.kind === "all" ? text : null),
  passing: (_frame, text) => text,
  said: (frame) => frame,
};
