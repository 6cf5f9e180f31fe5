import { generalQueue } from "./routing.js";
import { type Sight, sees, type TicketPlace } from "./visibility.js";

/**
 * Whom a frame is for: all that decides it where AGENT_VISIBILITY hides something, or somebody in a conversation is no
 * agent, taken from the event itself, so that live, ring, replay and long poll decide alike.
 */
export type Audience =
  | { kind: "all" }
  /** A note's: it never leaves the agents. */
  | { kind: "staff" }
  /** A ticket's: where it stands after the event, and where it stood before. */
  | { kind: "ticket"; id: number; now: TicketPlace; was: TicketPlace }
  /** A ticket's that is there no more. */
  | { kind: "gone"; was: TicketPlace }
  | { kind: "agent"; id: number }
  | { kind: "import"; parts: Readonly<Record<string, ImportedPart>> }
  /** What no rule speaks of is shown to nobody from whom anything is hidden. */
  | { kind: "nobody" };

/** No queue has this name: what an event does not tell is seen by its owner at most. */
const untold = "";

/** What an event tells. */
interface Told {
  type: string;
  payload: Readonly<Record<string, unknown>>;
}

/** A part of an import that went into one queue. */
interface ImportedPart {
  count: number;
  first_id: number;
  last_id: number;
}

/** Whom an event of a conversation's stream is for: a note, also edited or deleted, is for agents and admins alone. */
export function audienceInConversation({ payload }: Told): Audience {
  const { message } = payload;
  const isNote = typeof message === "object" && message !== null && "type" in message && message.type === "note";
  return { kind: isNote ? "staff" : "all" };
}

/** Whom an event of the stream `agents` is for. */
export function audienceOf({ type, payload }: Told): Audience {
  switch (type) {
    case "message_new": {
      const place = { queue: text(payload.queue) ?? generalQueue, assigneeId: null };
      return { kind: "ticket", id: Number(payload.message_id), now: place, was: place };
    }
    case "message_update": {
      const now = { queue: text(payload.queue) ?? untold, assigneeId: idOf(payload.assigned_to) };
      return { kind: "ticket", id: Number(payload.message_id), now, was: placeBefore(now, payload.was) };
    }
    case "message_deleted":
      return {
        kind: "gone",
        was: { queue: text(payload.queue) ?? untold, assigneeId: idOf(payload.assigned_to) },
      };
    case "batch_assigned":
      return { kind: "agent", id: Number(payload.agent_id) };
    case "messages_imported":
      return { kind: "import", parts: (payload.queues ?? {}) as Record<string, ImportedPart> };
    default:
      return { kind: "nobody" };
  }
}

/** Whether a frame without a position is shown: presence on a ticket to who sees it, all others to everybody. */
export function isShown(sight: Sight, frame: Readonly<Record<string, unknown>>): boolean {
  if (frame.type !== "ticket_presence") return true;
  return sees(sight, { queue: text(frame.queue) ?? untold, assigneeId: idOf(frame.assigned_to) });
}

/** A durable frame with whom it is for. */
export interface AddressedFrame {
  pos: number;
  text: string;
  audience: Audience;
}

/**
 * What a reader is sent of a frame: the frame, what it sees of it, or null where it is to skip it. A ticket that leaves
 * its sight is told once as `message_deleted` with `reason: "out_of_sight"`: nothing of where it is now.
 */
export function shownOf(sight: Sight, stream: string, frame: AddressedFrame): string | null {
  if (sight.kind === "all") return frame.text;
  const { pos, audience } = frame;
  switch (audience.kind) {
    case "all":
    case "staff":
      return frame.text;
    case "ticket": {
      if (sees(sight, audience.now)) return frame.text;
      if (!sees(sight, audience.was)) return null;
      const { id } = audience;
      return JSON.stringify({ type: "message_deleted", stream, pos, message_id: id, reason: "out_of_sight" });
    }
    case "gone":
      return sees(sight, audience.was) ? frame.text : null;
    case "agent":
      return audience.id === sight.agentId ? frame.text : null;
    case "import": {
      const part = sight.kind === "queues" ? importedInto(sight.queues, audience.parts) : null;
      return part && JSON.stringify({ type: "messages_imported", stream, pos, ...part });
    }
    case "nobody":
      return null;
  }
}

/** What of an import went into some queues; null when nothing did. */
function importedInto(queues: readonly string[], parts: Readonly<Record<string, ImportedPart>>): ImportedPart | null {
  const seen = queues.flatMap((queue) => (Object.hasOwn(parts, queue) ? (parts[queue] ?? []) : []));
  if (seen.length === 0) return null;
  return {
    count: seen.reduce((sum, part) => sum + part.count, 0),
    first_id: Math.min(...seen.map((part) => part.first_id)),
    last_id: Math.max(...seen.map((part) => part.last_id)),
  };
}

function placeBefore(now: TicketPlace, was: unknown): TicketPlace {
  if (typeof was !== "object" || was === null) return now;
  const { queue, assigned_to: owner }: { queue?: string; assigned_to?: number | null } = was;
  return {
    queue: queue ?? now.queue,
    assigneeId: owner === undefined ? now.assigneeId : owner,
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function idOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
