import type { ServerFrame } from "../live/stream-log.js";
import { Observable } from "./observable.js";

/** Another agent who looks at a ticket. */
export interface Watcher {
  agentId: number;
  name: string;
  isTyping: boolean;
}

/** Who does not say so again is gone, ms. */
const viewingMs = 40_000;
const typingMs = 6000;

/** Who else looks at which ticket or types there, from the frames `ticket_presence`, which end by themselves. */
export class Watchers extends Observable {
  readonly #me: number;
  readonly #now: () => number;
  readonly #seen = new Map<number, Map<number, { name: string; at: number; typedAt: number | null }>>();

  constructor(me: number, now: () => number = Date.now) {
    super();
    this.#me = me;
    this.#now = now;
  }

  apply(frame: ServerFrame): void {
    const agentId = Number(frame.agent_id);
    if (agentId === this.#me) return;
    const ticketId = Number(frame.message_id);
    const here = this.#seen.get(ticketId) ?? new Map();
    if (frame.state === "gone") here.delete(agentId);
    else {
      const now = this.#now();
      here.set(agentId, { name: String(frame.name), at: now, typedAt: frame.state === "typing" ? now : null });
    }
    if (here.size > 0) this.#seen.set(ticketId, here);
    else this.#seen.delete(ticketId);
    this.changed();
  }

  of(ticketId: number): Watcher[] {
    const now = this.#now();
    const here = [...(this.#seen.get(ticketId) ?? [])].filter(([, { at }]) => now - at < viewingMs);
    return here.map(([agentId, { name, typedAt }]) => ({
      agentId,
      name,
      isTyping: typedAt !== null && now - typedAt < typingMs,
    }));
  }
}
