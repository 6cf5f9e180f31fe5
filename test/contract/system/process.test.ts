import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, inject, it, vi } from "vitest";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { freePort } from "../../support/free-port.js";
import { createTestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

// A process loads everything anew: on a crowded machine that alone takes long.
vi.setConfig({ testTimeout: 120_000 });

const main = join(packageRoot, "dist/src/api/main.js");
const running: ChildProcess[] = [];
const nowhere = "postgres://postgres@127.0.0.1:1/nowhere";

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

function startApi(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH ?? "",
      JWT_SECRET: "a secret of a test, 32 characters",
      LOG_FORMAT: "json",
      REDIS_URL: inject("redisUrl") ?? "none",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  const output = { log: "", errors: "" };
  child.stdout.on("data", (chunk) => {
    output.log += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.errors += chunk;
  });
  return { child, output };
}

const get = async (port: number, path: string) => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
  return answer ? { status: answer.status, body: (await answer.json()) as Record<string, unknown> } : null;
};

it("starts and stays up while database and queue are away, says so, and stops cleanly", async () => {
  const port = await freePort();
  const env = { DATABASE_URL: nowhere, REDIS_URL: "redis://127.0.0.1:1", PORT: String(port) };
  const { child } = startApi(env);
  await until(() => get(port, "/healthz"), "the API", 60_000);
  const ready = await get(port, "/readyz");
  expect(ready?.status).toBe(503);
  expect(ready?.body).toMatchObject({ database: { ok: false }, queue: { ok: false }, bus: { ok: false } });
  child.kill("SIGTERM");
  expect((await once(child, "exit"))[0]).toBe(0);
});

it("ends with 1 and one sentence when its port is taken", async () => {
  const port = await freePort();
  const holder = createServer().listen(port, "127.0.0.1");
  await once(holder, "listening");
  const { child, output } = startApi({ DATABASE_URL: nowhere, PORT: String(port) });
  const [code] = await once(child, "close");
  holder.close();
  expect(code).toBe(1);
  expect(output.errors).toBe(`switchboard: port ${port} on 127.0.0.1 is taken: stop what listens there, or set PORT\n`);
});

it("ends with 78 and every problem when its settings are wrong", async () => {
  const { child, output } = startApi({ DATABASE_URL: nowhere, PORT: "high", OPEN_DEMO: "1", LOG_LEVEL: "loud" });
  const [code] = await once(child, "close");
  expect(code).toBe(78);
  expect(output.errors).toContain("PORT");
  expect(output.errors).toContain("LOG_LEVEL");
});

it("several processes share one port; one that is killed comes back; all stop together", async () => {
  const database = await createTestDatabase();
  const port = await freePort();
  const { child, output } = startApi({ DATABASE_URL: database.url, PORT: String(port), WEB_CONCURRENCY: "2" });
  const listening = () => {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${output.log} ${output.errors}`);
    return output.log
      .split("\n")
      .filter((line) => line.includes('"msg":"listening"'))
      .map((line) => JSON.parse(line).pid as number);
  };
  await until(() => listening().length === 2, "two processes", 60_000).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${output.log} ${output.errors}`);
  });
  const [first = 0, second = 0] = listening();
  expect(await until(() => get(port, "/readyz"), "an answer")).toMatchObject({
    status: 200,
    body: { status: "ready" },
  });
  process.kill(first, "SIGKILL");
  await until(() => listening().length === 3, "a third process", 60_000);
  expect((await get(port, "/healthz"))?.status).toBe(200);
  const [, , third = 0] = listening();
  child.kill("SIGTERM");
  expect((await once(child, "exit"))[0]).toBe(0);
  for (const pid of [second, third]) expect(() => process.kill(pid, 0)).toThrow();
  await database.drop();
});

it("several processes whose port is taken end with 1", async () => {
  const port = await freePort();
  const holder = createServer().listen(port, "127.0.0.1");
  await once(holder, "listening");
  const { child, output } = startApi({ DATABASE_URL: nowhere, PORT: String(port), WEB_CONCURRENCY: "2" });
  const [code] = await once(child, "close");
  holder.close();
  expect(code).toBe(1);
  expect(output.errors).toContain(`port ${port} on 127.0.0.1 is taken`);
});
