import { pause } from "../../../src/runtime/deadline.js";
import type { FromSockets, OpenSockets, ToSockets } from "./messages.js";
import { RawSocket } from "./raw-socket.js";

/** The sockets of a bench, in a process of their own. */
interface Reader {
  socket: RawSocket;
  isOpen: boolean;
  frames: number;
}

/** Handshakes under way at once. */
const atOnce = 100;
const againEveryMs = 200;

let readers: Reader[] = [];
let stalled: Reader[] = [];
let reopening: NodeJS.Timeout | undefined;
let target = 0;
let missing = 0;
let arrivals: Map<number, number[]> | null = null;

const answer = (message: FromSockets) => process.send?.(message);
const nowMs = () => performance.timeOrigin + performance.now();

function makeReader(order: OpenSockets, stalls: boolean): Reader {
  const { port, path, greetings, say } = order;
  const reader: Reader = { isOpen: false, frames: 0, socket: null as unknown as RawSocket };
  reader.socket = new RawSocket({
    ...{ port, path, greetings, say, stalls },
    onOpen: () => {
      reader.isOpen = true;
    },
    wantsTexts: () => arrivals !== null,
    onFrame: (text) => take(reader, text),
  });
  return reader;
}

function take(reader: Reader, text: string | null): void {
  reader.frames++;
  if (reader.frames === target && --missing === 0) answer({ is: "counted" });
  if (text === null) return;
  const pos = Number(/"pos":(\d+)/.exec(text)?.[1]);
  const times = arrivals?.get(pos);
  if (times) times.push(nowMs());
  else arrivals?.set(pos, [nowMs()]);
}

async function open(order: OpenSockets): Promise<void> {
  let refused = 0;
  for (let made = 0; made < order.count; ) {
    const some = Array.from({ length: Math.min(atOnce, order.count - made) }, (_, n) =>
      makeReader(order, made + n < order.stalled),
    );
    made += some.length;
    while (some.some(({ isOpen, socket }) => !isOpen && !socket.isClosed)) await pause(2);
    refused += some.filter(({ isOpen }) => !isOpen).length;
    for (const [n, reader] of some.entries()) {
      (made - some.length + n < order.stalled ? stalled : readers).push(reader);
    }
  }
  if (order.again) {
    reopening = setInterval(() => {
      stalled = stalled.map((reader) => (reader.socket.isClosed ? makeReader(order, true) : reader));
    }, againEveryMs);
  }
  answer({ is: "open", refused });
}

function count(each: number): void {
  target = (readers[0]?.frames ?? 0) + each;
  for (const reader of readers) reader.frames = target - each;
  missing = readers.length;
}

function times(said: [number, number][]): void {
  const latencies = said.flatMap(([pos, at]) => (arrivals?.get(pos) ?? []).map((came) => came - at));
  latencies.sort((left, right) => left - right);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  arrivals = null;
  answer({ is: "times", deliveries: latencies.length, p50Ms: at(0.5), p99Ms: at(0.99) });
}

process.on("message", (message) => {
  const order = message as ToSockets;
  if (order.do === "open") void open(order);
  else if (order.do === "count") count(order.each);
  else if (order.do === "times") times(order.said);
  else if (order.do === "clock") {
    arrivals = new Map();
    answer({ is: "clock" });
  } else {
    clearInterval(reopening);
    for (const { socket } of [...readers, ...stalled]) socket.close();
    readers = [];
    stalled = [];
    answer({ is: "closed" });
  }
});
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => undefined);
answer({ is: "ready" });
