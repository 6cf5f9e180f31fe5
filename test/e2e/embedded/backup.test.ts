import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../../integration/cli/run-cli.js";
import { RawClient } from "../../integration/realtime/raw-client.js";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";

let root: string;
let system: RunningSystem | null = null;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "switchboard-backup-"));
  // Under root, Postgres runs as another user, who has to pass.
  chmodSync(root, 0o711);
});

afterEach(async () => {
  await system?.stop();
  rmSync(root, { recursive: true, force: true });
});

async function start(): Promise<RunningSystem> {
  system = await startRunningSystem({ args: ["--no-demo"], env: { DATA_DIR: join(root, "data") } });
  return system;
}

async function write(on: RunningSystem, body: string): Promise<number> {
  const answer = await fetch(`${on.api}/api/messages/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: "U1", body }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: number }).id;
}

async function bodies(on: RunningSystem): Promise<string[]> {
  const answer = await fetch(`${on.api}/api/messages/?limit=200&order=oldest`);
  return ((await answer.json()) as { results: { body: string }[] }).results.map(({ body }) => body);
}

async function watch(on: RunningSystem, query = ""): Promise<RawClient> {
  const client = await new RawClient(`${on.socket}${query}`).opened();
  await until(() => client.frames[0]?.type === "hello", "hello");
  return client;
}

/** As README says it: rights and owners stay as they are. */
function copy(from: string, to: string): void {
  execFileSync("cp", ["-a", join(root, from), join(root, to)]);
}

test("embedded: stop, copy the folder, wipe, copy it back, start, restore-done", async () => {
  const first = await start();
  for (let n = 0; n < 5; n++) await write(first, `kept ${n}`);
  const watcher = await watch(first);
  const epoch = watcher.frames[0]?.epoch;
  expect(await first.stop()).toBe(0);
  copy("data", "backup");

  const second = await start();
  for (let n = 0; n < 5; n++) await write(second, `lost ${n}`);
  const late = await watch(second);
  const pos = late.frames[0]?.pos;
  expect(await bodies(second)).toHaveLength(10);
  expect(await second.stop()).toBe(0);
  rmSync(join(root, "data"), { recursive: true });
  copy("backup", "data");

  const third = await start();
  expect(await bodies(third)).toEqual([0, 1, 2, 3, 4].map((n) => `kept ${n}`));
  // Who saw what is lost now comes back by itself, and is told, at the latest once the restore is called done.
  const back = await watch(third, `?since=${String(pos)}&epoch=${String(epoch)}`);
  const done = await runCli(["restore-done", "--json"], { DATA_DIR: join(root, "data") });
  expect(done.code).toBe(0);
  await until(() => back.closed, "to be sent away");
  expect(back.closed).toMatchObject({ code: 1012 });
  const again = await watch(third, `?since=${String(pos)}&epoch=${String(epoch)}`);
  const told = await until(() => again.frames.find(({ type }) => type === "resync_required"), "to fetch anew");
  expect(told.epoch).toBe(done.json<{ epoch: string }>().epoch);
  const id = await write(third, "after");
  await until(() => again.frames.some((frame) => frame.type === "message_new" && frame.message_id === id), "news");
});
