import type { ChatMessage } from "../../contract/events.js";
import type { ServerFrame } from "../live/stream-log.js";
import { Observable } from "./observable.js";

/** How its ticket stands. */
export interface TicketState {
  status: "unassigned" | "in_progress" | "closed";
  assignedTo: { id: number; name: string } | null;
  version: number;
}

const typingMs = 5500;

/** What was said in a conversation, from an answer of the API and the frames after it, each applied once or twice alike. */
export class Conversation extends Observable {
  #me: number;
  readonly #now: () => number;
  #messages: readonly ChatMessage[] = [];
  readonly #typing = new Map<number, { name: string; until: number }>();
  #ticket: TicketState | null = null;
  isLoaded = false;

  constructor(me: number, now: () => number = Date.now) {
    super();
    this.#me = me;
    this.#now = now;
  }

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** As the last frame said it; null: no frame came, the answer stands. */
  get ticket(): TicketState | null {
    return this.#ticket;
  }

  /** Names of who types. */
  get typing(): string[] {
    const now = this.#now();
    return [...this.#typing.values()].filter(({ until }) => until > now).map(({ name }) => name);
  }

  /** Whose page this is, where that was not known at first. */
  become(me: number): void {
    this.#me = me;
  }

  /** All that was said, as the API answered it; frames that came meanwhile stay. */
  load(messages: readonly ChatMessage[]): void {
    this.isLoaded = true;
    this.#merge(messages);
    this.changed();
  }

  apply(frame: ServerFrame): void {
    switch (frame.type) {
      case "message:new":
      case "message:edited":
      case "message:deleted": {
        const message = frame.message as ChatMessage;
        if (message.sender) this.#typing.delete(message.sender.id);
        this.#merge([message]);
        break;
      }
      case "read":
        this.#read(Number(frame.user_id), Number(frame.up_to));
        break;
      case "ticket": {
        const { status, assigned_to: assignedTo, version } = frame as unknown as TicketState & { assigned_to: never };
        if (!this.#ticket || version >= this.#ticket.version) this.#ticket = { status, assignedTo, version };
        break;
      }
      case "typing":
        if (Number(frame.user_id) === this.#me) return;
        if (frame.is_typing === true) {
          this.#typing.set(Number(frame.user_id), { name: String(frame.name), until: this.#now() + typingMs });
        } else this.#typing.delete(Number(frame.user_id));
        break;
      default:
        return;
    }
    this.changed();
  }

  #merge(messages: readonly ChatMessage[]): void {
    const byId = new Map(this.#messages.map((message) => [message.id, message]));
    for (const message of messages) byId.set(message.id, newerOf(byId.get(message.id), message));
    this.#messages = [...byId.values()].sort((a, b) => a.seq - b.seq);
  }

  #read(userId: number, upTo: number): void {
    this.#messages = this.#messages.map((message) => {
      if (message.seq > upTo || message.sender?.id === userId || message.read_by.includes(userId)) return message;
      return { ...message, status: "read" as const, is_read: true, read_by: [...message.read_by, userId] };
    });
  }
}

/** Of two states of one message the one that more has happened to. */
function newerOf(known: ChatMessage | undefined, come: ChatMessage): ChatMessage {
  if (!known) return come;
  const rank = ({ deleted_at, edited_at }: ChatMessage) => deleted_at ?? edited_at ?? "";
  const newer = rank(come) >= rank(known) ? come : known;
  const readBy = [...new Set([...known.read_by, ...come.read_by])];
  const isRead = known.is_read || come.is_read;
  return { ...newer, read_by: readBy, is_read: isRead, status: isRead ? "read" : newer.status };
}
