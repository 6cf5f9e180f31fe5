import { WebSocket } from "ws";
import type { SocketConstructor } from "../../src/console/live/socket-like.js";

/** The client socket for tests: Node 20 has none without a flag. */
export const clientSocket: SocketConstructor = WebSocket as unknown as SocketConstructor;

/** A socket as a test drives it by hand (raw frames, pings, a reader that stops reading), and a server of a test's own. */
export { WebSocket as RawSocket, WebSocketServer } from "ws";
