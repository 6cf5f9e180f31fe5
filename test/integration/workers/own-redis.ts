import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { until } from "../../support/until.js";

/** A Redis that a test may flush and kill. */
export interface OwnRedis {
  url: string;
  flush(): Promise<void>;
  /** SIGKILL; nothing is kept. */
  kill(): Promise<void>;
  /** Again, empty, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const hasRedisServer = spawnSync("redis-server", ["--version"]).status === 0;

export async function startOwnRedis(): Promise<OwnRedis> {
  const folder = mkdtempSync(join(tmpdir(), "switchboard-redis-"));
  const port = randomInt(20_000, 30_000);
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | null = null;

  async function start(): Promise<void> {
    const options = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
      "--dir",
      folder,
    ];
    server = spawn("redis-server", options, { stdio: "ignore" });
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 20 });
    client.on("error", () => undefined);
    await client.connect().catch(() => undefined);
    await until(() => client.status === "ready", "redis-server");
    client.disconnect();
  }

  async function kill(): Promise<void> {
    const running = server;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exited = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await exited;
  }

  await start();
  return {
    url,
    async flush() {
      const client = new Redis(url);
      await client.flushall();
      client.disconnect();
    },
    kill,
    restart: start,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
