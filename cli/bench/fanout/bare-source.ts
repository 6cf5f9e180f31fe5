import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { freePort } from "../../own-system.js";
import type { BareKind, FromBare, ToBare } from "./messages.js";
import { nowMs, type Source } from "./source.js";

const names: Record<BareKind, string> = { uws: "bare uWebSockets.js", ws: "bare ws", "socket.io": "bare socket.io" };
const doors = {
  uws: { path: "/", greetings: 0, say: null },
  ws: { path: "/", greetings: 0, say: null },
  // Its own handshake: `0{…}`, then `40` is answered by `40{…}`.
  "socket.io": { path: "/socket.io/?EIO=4&transport=websocket", greetings: 2, say: "40" },
};

/** A bare server in a process of its own; the reason in words where it is not installed or does not load here. */
export async function startBare(kind: BareKind, maxBufferBytes: number): Promise<Source | string> {
  const file = fileURLToPath(new URL("./bare-process.js", import.meta.url));
  const port = await freePort();
  const child: ChildProcess = fork(file, [kind, String(port), String(maxBufferBytes)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const first = await new Promise<FromBare>((resolve) => {
    child.once("message", (message) => resolve(message as FromBare));
    child.once("exit", (code) => resolve({ is: "missing", why: `it ended (${code})` }));
  });
  const stop = async () => void child.kill("SIGKILL");
  if (first.is === "missing") {
    await stop();
    return first.why;
  }
  let pos = 0;
  return {
    name: names[kind],
    pid: child.pid ?? 0,
    door: { port, ...doors[kind] },
    stop,
    publish: async (count, bytes) => {
      const texts = Array.from({ length: count }, (_, n) => textOf(pos + n + 1, bytes));
      const at = nowMs();
      child.send({ do: "publish", texts } satisfies ToBare);
      const said = texts.map((_, n): [number, number] => [pos + n + 1, at]);
      pos += count;
      return said;
    },
  };
}

/** The same words as the relay's. */
function textOf(pos: number, bytes: number): string {
  const frame = { type: "message_update", stream: "agents", pos, message_id: pos, status: "unassigned" };
  return JSON.stringify({ ...frame, assigned_to: null, version: 1, reason: "x".repeat(bytes) });
}
