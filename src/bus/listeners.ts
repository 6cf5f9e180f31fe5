import type { SequencedEvent } from "../contract/events.js";
import type { BusHandlers, ControlMessage, EphemeralFrame } from "./bus.js";

/** The kinds of news, each a channel of its own. */
export const busChannels = ["events", "head", "wake", "ephemeral", "control"] as const;
export type BusChannel = (typeof busChannels)[number];

const wantedBy: Record<BusChannel, keyof BusHandlers> = {
  events: "onEvents",
  head: "onHead",
  wake: "onWake",
  ephemeral: "onEphemeral",
  control: "onControl",
};

/** Who listens to one bus, and what they want to hear. Shared by the drivers. */
export class Listeners {
  readonly #handlers = new Set<BusHandlers>();

  add(handlers: BusHandlers): void {
    this.#handlers.add(handlers);
  }

  remove(handlers: BusHandlers): void {
    this.#handlers.delete(handlers);
  }

  /** The channels that somebody has a handler for. */
  channels(): BusChannel[] {
    return busChannels.filter((channel) => [...this.#handlers].some((handlers) => handlers[wantedBy[channel]]));
  }

  /** Hands on what came on a channel. */
  tell(channel: BusChannel, text: string): void {
    if (channel === "wake") {
      for (const handlers of this.#handlers) handlers.onWake?.();
      return;
    }
    const value: unknown = JSON.parse(text);
    for (const handlers of this.#handlers) {
      if (channel === "events") handlers.onEvents?.(value as SequencedEvent[]);
      else if (channel === "head") handlers.onHead?.(value as number);
      else if (channel === "ephemeral") handlers.onEphemeral?.(value as EphemeralFrame);
      else handlers.onControl?.(value as ControlMessage);
    }
  }

  connection(connected: boolean): void {
    for (const handlers of this.#handlers) handlers.onConnection?.(connected);
  }
}
