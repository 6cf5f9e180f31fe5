import { agentsStream, frameOf, type SequencedEvent } from "../contract/events.js";
import type { Database } from "../db/database.js";
import { readStreamAfter, readStreamHeads } from "../db/queries/read-events.js";
import { type Audience, audienceInConversation, audienceOf } from "../domain/audience.js";
import { GatheredReads } from "./gathered-reads.js";

/** A durable frame, serialised once for all its readers. */
export interface Frame {
  pos: number;
  text: string;
  /** Whom it is for; on the stream `agents` only where AGENT_VISIBILITY hides something. */
  audience?: Audience;
}

/** The frame of an event; `addressed`: with whom it is for, also on the stream `agents`. */
export function frameFor(event: SequencedEvent, addressed: boolean): Frame {
  const { pos } = event;
  const text = JSON.stringify(frameOf(event));
  // Written out: V8 gives an object that is spread and then added to a shape of its own, larger than it is (measured).
  if (event.stream !== agentsStream) return { pos, text, audience: audienceInConversation(event) };
  return addressed ? { pos, text, audience: audienceOf(event) } : { pos, text };
}

/** Where a stream stands: its last position, the oldest that is kept (`pos + 1`: none is), and the log's epoch. */
export interface StreamHead {
  epoch: string;
  pos: number;
  oldest: number;
}

/** The log as the relay reads it. Both reject when the database is away. */
export interface EventLog {
  head(stream: string): Promise<StreamHead>;
  /** Frames after a position, in order, at most `limit`; empty when there are none. */
  after(stream: string, pos: number, limit: number): Promise<Frame[]>;
}

/** The log in Postgres, heads read for all who ask at a time; `addressed`: each frame with whom it is for. */
export function databaseLog(db: Database, addressed = false): EventLog {
  const heads = new GatheredReads((streams: string[]) => readStreamHeads(db.kysely, streams));
  return {
    head: async (stream) => {
      const head = await heads.get(stream);
      if (!head) throw new Error("the log has no epoch");
      return head;
    },
    after: async (stream, pos, limit) => {
      const events = await readStreamAfter(db.kysely, stream, pos, limit);
      return events.map((event) => frameFor(event, addressed));
    },
  };
}
