import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isAlive } from "../../../src/embedded/processes.js";
import { findQueueServer, type QueueServer, startQueueServer } from "../../../src/embedded/queue-server.js";

let dataDir: string;
let servers: QueueServer[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "switchboard-queue-"));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(port?: number): Promise<QueueServer> {
  const server = await startQueueServer({ dataDir, ...(port === undefined ? {} : { port }) });
  if (!server) throw new Error("no queue server on the PATH");
  servers.push(server);
  return server;
}

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on("error", () => undefined);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

describe.skipIf(findQueueServer() === null)("with a redis-server or valkey-server on the PATH", () => {
  test("is private, evicts nothing, keeps nothing on disk, and comes back on its port after kill -9", async () => {
    const first = await start();
    const config = await ask(first.url, (redis) =>
      redis.config("GET", "maxmemory-policy", "save", "appendonly", "bind"),
    );
    expect(config).toEqual(expect.arrayContaining(["noeviction", "no", "127.0.0.1", ""]));
    const stranger = new URL(first.url);
    stranger.password = "";
    await expect(ask(stranger.href, (redis) => redis.ping())).rejects.toThrow("NOAUTH");
    await ask(first.url, (redis) => redis.set("kept", "no"));
    process.kill(first.pid, "SIGKILL");
    expect(await first.exited).toBe("SIGKILL");
    const second = await start(first.port);
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, (redis) => redis.get("kept"))).toBeNull();
    await second.stop();
    expect(isAlive(second.pid)).toBe(false);
    expect(existsSync(join(dataDir, "queue", "dump.rdb"))).toBe(false);
  });

  test("one that a killed parent left behind is stopped before a new one starts; its password shows in no command line", async () => {
    const orphan = await start();
    const password = new URL(orphan.url).password;
    expect(readFileSync(`/proc/${orphan.pid}/cmdline`, "utf8")).not.toContain(password);
    const next = await start();
    expect(isAlive(orphan.pid)).toBe(false);
    expect(await ask(next.url, (redis) => redis.ping())).toBe("PONG");
  });
});

test("null where the PATH has none", async () => {
  const path = process.env.PATH;
  process.env.PATH = dataDir;
  try {
    expect(await startQueueServer({ dataDir })).toBeNull();
  } finally {
    process.env.PATH = path;
  }
});
