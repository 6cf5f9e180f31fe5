import { WebSocketServer } from "ws";

/** `ws` and nothing else: a send for each socket. */
export async function openBareWs(port: number): Promise<{ publish: (text: string) => void; port: number }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port, perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const publish = (text: string) => {
    for (const client of server.clients) client.send(text);
  };
  return { port, publish };
}
