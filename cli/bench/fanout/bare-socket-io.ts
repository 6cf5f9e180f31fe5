import { createServer } from "node:http";

/** socket.io and nothing else: every socket in one room. Rejects where it is not installed. */
export async function openBareSocketIo(port: number): Promise<{ publish: (text: string) => void; port: number }> {
  const { Server } = await import("socket.io");
  const http = createServer();
  // Nobody answers its pings here.
  const io = new Server(http, { transports: ["websocket"], pingInterval: 3_600_000, serveClient: false });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, "127.0.0.1", resolve);
  });
  return { port, publish: (text) => void io.emit("f", text) };
}
