import { WebSocket } from "ws";
import type { SocketConstructor } from "../src/console/live/socket-like.js";

/** The client socket of the CLI: Node 20 has none without a flag. */
export const clientSocket: SocketConstructor = WebSocket as unknown as SocketConstructor;

/** A socket as a proof drives it by hand: refused upgrades, close codes, raw frames. */
export { WebSocket as RawSocket } from "ws";
