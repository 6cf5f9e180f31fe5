import type { TransportFactory } from "../../../src/realtime/transport.js";
import { openUwsTransport } from "../../../src/realtime/transport-uws.js";
import { openWsTransport } from "../../../src/realtime/transport-ws.js";

const nothing = {
  upgrade: () => Promise.reject(new Error("never")),
  open: () => undefined,
  message: () => undefined,
  drain: () => undefined,
  close: () => undefined,
  health: () => ({}),
};

async function uwsLoads(): Promise<boolean> {
  try {
    const transport = await openUwsTransport(nothing, { maxBufferBytes: 1, maxPayloadBytes: 1, idleTimeoutS: 60 });
    await transport.close();
    return true;
  } catch (error) {
    console.warn(`SKIPPED: uWebSockets.js does not load on ${process.version}: ${String(error)}`);
    return false;
  }
}

const hasUws = await uwsLoads();

/** The transports that load on this Node; a line is printed for one that does not. */
export const transportDrivers: [name: string, open: TransportFactory][] = [
  ...(hasUws ? ([["uws", openUwsTransport]] as [string, TransportFactory][]) : []),
  ["ws", openWsTransport],
];
