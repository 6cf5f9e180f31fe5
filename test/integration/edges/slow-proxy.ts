import { connect, createServer, type Socket } from "node:net";
import { freePort } from "../../support/free-port.js";

/** A way to a server that can become long, or silent. */
export interface SlowProxy {
  port: number;
  /** Each piece takes so much longer each way, ms. */
  delay(ms: number): void;
  /** Takes everything, and lets nothing through, until `mend`. */
  hush(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openSlowProxy(target: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let isHushed = false;
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        setTimeout(() => other.destroy(), delayMs);
      });
      if (isHushed) one.pause();
      // In order: every piece waits as long, and timers of one length fire in the order in which they were set.
      one.on("data", (piece) => void setTimeout(() => other.write(piece), delayMs));
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port,
    delay: (ms) => {
      delayMs = ms;
    },
    hush: () => {
      isHushed = true;
      for (const socket of sockets) socket.pause();
    },
    mend: () => {
      isHushed = false;
      delayMs = 0;
      for (const socket of sockets) socket.resume();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
