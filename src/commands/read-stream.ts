import { agentsStream, frameOf, type SequencedEvent } from "../contract/events.js";
import type { EventsView } from "../contract/http/events.js";
import type { Executor } from "../db/database.js";
import { readEpoch, readStreamAfter, readStreamHead } from "../db/queries/read-events.js";
import { audienceInConversation, audienceOf, shownOf } from "../domain/audience.js";
import { type Sight, sightKey } from "../domain/visibility.js";
import { epochOf } from "./part-epoch.js";

/** Who reads a stream by HTTP, and from where. */
export interface StreamReading {
  stream: string;
  /** null: it begins at the head. */
  since: number | null;
  /** Under which it has read up to `since`; null: it does not say. */
  epoch: string | null;
  /** What it sees of the tickets. */
  sight: Sight;
  /** Whether notes are for it: they never leave the agents. */
  notes: boolean;
}

type Frame = EventsView["frames"][number];

const pageFrames = 500;

/**
 * What a socket would be sent of a stream after `since`, up to 500 frames: the same words, the same `skip` for what the
 * reader may not see, the same `resync_required` where that cannot be done. The caller has checked who may read it.
 */
export async function readStream(db: Executor, reading: StreamReading): Promise<EventsView> {
  const { stream, since, sight } = reading;
  const [head, rawEpoch] = await Promise.all([readStreamHead(db, stream), readEpoch(db)]);
  const part = stream === agentsStream && sight.kind !== "all" ? sightKey(sight) : null;
  const epoch = epochOf(rawEpoch, part);
  const { oldest } = head;
  if (since === null) return { stream, epoch, pos: head.pos, oldest, frames: [] };
  const resync = { type: "resync_required", epoch, oldest, stream, pos: head.pos };
  if ((reading.epoch !== null && reading.epoch !== epoch) || since > head.pos) {
    return { stream, epoch, pos: head.pos, oldest, frames: [resync] };
  }
  const events = await readStreamAfter(db, stream, since, pageFrames);
  if (head.pos > since && events[0]?.pos !== since + 1) {
    return { stream, epoch, pos: head.pos, oldest, frames: [resync] };
  }
  return { stream, epoch, pos: events.at(-1)?.pos ?? since, oldest, frames: shownFrames(events, reading) };
}

function shownFrames(events: readonly SequencedEvent[], reading: StreamReading): Frame[] {
  const frames: Frame[] = [];
  for (const event of events) {
    const frame = shownFrame(event, reading);
    const last = frames.at(-1);
    if (frame) frames.push(frame);
    else if (last?.type === "skip") last.to = event.pos;
    else frames.push({ type: "skip", stream: reading.stream, from: event.pos, to: event.pos });
  }
  return frames;
}

function shownFrame(event: SequencedEvent, { stream, sight, notes }: StreamReading): Frame | null {
  const frame = frameOf(event) as Frame;
  if (stream !== agentsStream) return notes || audienceInConversation(event).kind === "all" ? frame : null;
  if (sight.kind === "all") return frame;
  const text = shownOf(sight, stream, { pos: event.pos, text: JSON.stringify(frame), audience: audienceOf(event) });
  return text === null ? null : (JSON.parse(text) as Frame);
}
