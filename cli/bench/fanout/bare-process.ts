import { openBareSocketIo } from "./bare-socket-io.js";
import { openBareUws } from "./bare-uws.js";
import { openBareWs } from "./bare-ws.js";
import type { BareKind, FromBare, ToBare } from "./messages.js";

/** A bare server as a yardstick, in a process of its own: `node bare-process.js <kind> <port> <max bytes behind>`. */
const [kind, port, maxBackpressure] = process.argv.slice(2);

const open: Record<BareKind, () => Promise<{ publish: (text: string) => void; port: number }>> = {
  uws: () => openBareUws(Number(port), Number(maxBackpressure)),
  ws: () => openBareWs(Number(port)),
  "socket.io": () => openBareSocketIo(Number(port)),
};

const answer = (message: FromBare) => process.send?.(message);
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => undefined);
try {
  const server = await open[kind as BareKind]();
  process.on("message", (message) => {
    for (const text of (message as ToBare).texts) server.publish(text);
  });
  answer({ is: "listening", port: server.port });
} catch (error) {
  answer({ is: "missing", why: error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error) });
}
