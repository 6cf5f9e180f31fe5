import { LiveClient } from "../../src/console/live/live-client.js";
import { pause } from "../../src/runtime/deadline.js";
import { Failure } from "../failure.js";
import { HttpClient } from "../http-client.js";
import type { OwnSystem } from "../own-system.js";
import { clientSocket } from "../socket-factory.js";
import { postPaced } from "./paced.js";
import type { BenchRow } from "./row.js";

const sockets = 20;
const perSecond = 100;
/** Not counted: processes that have just started are still being compiled. */
const warmUpSeconds = 5;

/**
 * From stored to `message_new` on a socket: `created_at` is the database's clock at the start of the transaction that
 * stored the message, so the flush and its commit are counted as well; both clocks are this machine's.
 */
export async function benchLatency(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const latencies: number[] = [];
  let opened = 0;
  const http = new HttpClient(system.api, 64);
  const clients = Array.from({ length: sockets }, () => {
    const client = new LiveClient({
      socket: clientSocket,
      onHello: () => opened++,
      onFrame: (frame) => {
        if (frame.type === "message_new") latencies.push(Date.now() - Date.parse(String(frame.created_at)));
      },
    });
    client.connect(system.socket);
    return client;
  });
  try {
    for (let attempt = 0; opened < sockets; attempt++) {
      if (attempt > 100) throw new Failure(`only ${opened} of ${sockets} sockets opened`);
      await pause(50);
    }
    await postPaced(http, { count: warmUpSeconds * perSecond, perSecond });
    for (let attempt = 0; latencies.length < warmUpSeconds * perSecond * sockets && attempt < 100; attempt++)
      await pause(50);
    latencies.length = 0;
    const expected = await postPaced(http, { count: seconds * perSecond, perSecond });
    for (let attempt = 0; latencies.length < expected * sockets && attempt < 100; attempt++) await pause(50);
    if (latencies.length !== expected * sockets) {
      throw new Failure(`${latencies.length} of ${expected * sockets} frames arrived`);
    }
  } finally {
    for (const client of clients) client.close();
    http.close();
  }
  latencies.sort((left, right) => left - right);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return [
    {
      row: `stored to message_new, ${sockets} sockets, ${perSecond}/s`,
      figure: `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
      value: at(0.99),
      detail: { p50Ms: at(0.5), p99Ms: at(0.99), frames: latencies.length },
      target: "p50 < 10, p99 < 50",
      met: at(0.5) < 10 && at(0.99) < 50,
    },
  ];
}
