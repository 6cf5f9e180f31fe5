import type { ControlMessage } from "../bus/bus.js";
import type { ApiDependencies } from "./dependencies.js";

/** The bus, whose orders this process hears by itself before they go out: what it says of a user is true here at once. */
export function heardBus(bus: ApiDependencies["bus"], hear: (order: ControlMessage) => void): ApiDependencies["bus"] {
  return {
    wake: () => bus.wake(),
    ping: (timeoutMs) => bus.ping(timeoutMs),
    publishEphemeral: (frame) => bus.publishEphemeral(frame),
    publishControl: (order) => {
      hear(order);
      return bus.publishControl(order);
    },
  };
}
