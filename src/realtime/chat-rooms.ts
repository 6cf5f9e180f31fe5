import { type ChatVisitor, enterChat, findOutsiders } from "../commands/enter-chat.js";
import type { Actor } from "../domain/policy.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import { ChatSpeaker, type ChatSpeakerOptions } from "./chat-speaker.js";
import type { RoomPresence } from "./room-presence.js";
import { threadsView } from "./threads-dialect.js";
import { closeCodes } from "./transport.js";
import { type View, withoutNotes } from "./view.js";

export interface ChatRoomsOptions extends ChatSpeakerOptions {
  /** Told of who comes and goes; without it nobody is shown as joined. */
  presence?: Pick<RoomPresence, "entered">;
  /** How often it is looked whether those in the rooms may still be there, ms. */
  everyMs?: number;
}

/** A socket in a room. */
export interface Guest {
  readonly actor: Actor;
  readonly conversationId: number;
  say(frame: Record<string, unknown>): void;
  close(code: number, reason: string): void;
}

/** Guests of one look. */
const guestsOfLook = 1000;

/**
 * The rooms behind `/ws/chat/<id>/`: who may come in, what each is shown, what it says, and whether it may stay. A loss of
 * right is told over the bus and acted on at once; what was lost there is found within 5 s. While the database is away
 * everybody stays.
 */
export class ChatRooms implements Service {
  readonly name = "chat-rooms";
  readonly #options: ChatRoomsOptions;
  readonly #guests = new Map<number, Set<Guest>>();
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;
  #looking: Promise<unknown> = Promise.resolve();

  constructor(options: ChatRoomsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#loop, this.#looking]);
  }

  /**
   * Lets somebody in; answers what it is shown of the room (null: all, as it is). A note never leaves the agents. Throws
   * `conversation_not_found` for a stranger's conversation.
   */
  async admit(visitor: ChatVisitor, dialect: string | null): Promise<View | null> {
    const { context, mode } = this.#options;
    await enterChat(context.db, mode, visitor);
    const view = visitor.actor.role === "customer" ? withoutNotes : null;
    return dialect === "threads" ? threadsView(view) : view;
  }

  /** A socket is in its room; answers what it says itself with, and what is to be called once, when it has closed. */
  opened(guest: Guest): { speaker: ChatSpeaker; leave: () => void } {
    const { conversationId, actor } = guest;
    const room = this.#guests.get(conversationId) ?? new Set();
    this.#guests.set(conversationId, room.add(guest));
    const isUser = actor.kind === "user" && actor.id !== null;
    const left = isUser ? this.#options.presence?.entered({ conversationId, userId: actor.id ?? 0 }) : undefined;
    const speaker = new ChatSpeaker(this.#options, {
      conversationId,
      actor: () => guest.actor,
      say: (frame) => guest.say(frame),
    });
    return {
      speaker,
      leave: () => {
        room.delete(guest);
        if (room.size === 0 && this.#guests.get(conversationId) === room) this.#guests.delete(conversationId);
        left?.();
      },
    };
  }

  /** The users with a socket in a room, each as often as it has one. */
  usersIn(conversationId: number): number[] {
    return [...(this.#guests.get(conversationId) ?? [])].flatMap(({ actor }) =>
      actor.kind === "user" && actor.id !== null ? [actor.id] : [],
    );
  }

  /** Who may be in these conversations (null: in any) may have changed: sends away those who may not. Never rejects. */
  check(conversationIds: readonly number[] | null): void {
    const looked = this.#looking
      .then(() => this.look(conversationIds))
      .catch((error: unknown) => {
        this.#options.logger.debug({ err: error }, "who may be in which room could not be looked at");
      });
    this.#looking = looked;
  }

  /** One look; how many sockets it closed. Rejects when the database is away. */
  async look(conversationIds: readonly number[] | null = null): Promise<number> {
    const rooms = conversationIds ?? [...this.#guests.keys()];
    const guests = rooms.flatMap((id) => [...(this.#guests.get(id) ?? [])]);
    const { context, mode } = this.#options;
    let closed = 0;
    for (let start = 0; start < guests.length; start += guestsOfLook) {
      const outsiders = await findOutsiders(context.db, mode, guests.slice(start, start + guestsOfLook));
      for (const guest of outsiders) guest.close(closeCodes.noRight, "no right in this conversation any more");
      closed += outsiders.length;
    }
    return closed;
  }

  async #run(): Promise<void> {
    const { everyMs = 5000 } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      this.check(null);
      await this.#looking;
    }
  }
}
