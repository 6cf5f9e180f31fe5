import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { pause } from "../../../src/runtime/deadline.js";
import { freePort, type Running } from "../../own-system.js";

/** A Redis that nobody else hears; null where none is on the PATH. It keeps nothing. */
export async function startPrivateRedis(): Promise<(Running & { url: string }) | null> {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", tmpdir()];
  const child = spawn("redis-server", args, { stdio: "ignore" });
  const failed = once(child, "error").then(
    () => true,
    () => true,
  );
  if (await Promise.race([failed, pause(300).then(() => false)])) return null;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  return { pid: child.pid ?? 0, url: `redis://127.0.0.1:${port}`, stop };
}
