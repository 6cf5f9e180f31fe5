import type { Logger } from "../runtime/logger.js";
import type { Transport, TransportFactory, TransportHandlers, TransportOptions } from "./transport.js";
import { openUwsTransport } from "./transport-uws.js";
import { openWsTransport } from "./transport-ws.js";

/** uWebSockets.js where it loads, else `ws`, which is slower, and a log line that says so. */
export function transportOpener(logger: Logger): TransportFactory {
  return async <D>(handlers: TransportHandlers<D>, options: TransportOptions): Promise<Transport> => {
    try {
      return await openUwsTransport(handlers, options);
    } catch (error) {
      logger.warn(
        { node: process.version, reason: error instanceof Error ? error.message.split("\n", 1)[0] : String(error) },
        "uWebSockets.js does not load here: sockets are carried by ws, with about a 25th of the fan-out",
      );
      return openWsTransport(handlers, options);
    }
  };
}
