import { connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server that a test can cut and mend. */
export interface TcpProxy {
  port: number;
  /** Connections that were turned away since the last cut. */
  refused(): number;
  /** Breaks what is connected and turns away what comes, until `mend`. */
  cut(): void;
  mend(): void;
  /** Keeps connections and takes new ones, but lets nothing through, until `mend`. */
  hush(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let isHushed = false;
  let refused = 0;
  const server: Server = createServer((socket) => {
    if (isCut) {
      refused++;
      socket.destroy();
      return;
    }
    const upstream = connect(port, host);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      if (isHushed) one.pause();
      one.on("data", (chunk) => other.write(chunk));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    refused: () => refused,
    cut() {
      isCut = true;
      refused = 0;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
      isHushed = false;
      for (const socket of sockets) socket.resume();
    },
    hush() {
      isHushed = true;
      for (const socket of sockets) socket.pause();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
