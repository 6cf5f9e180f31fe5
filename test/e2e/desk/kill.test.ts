import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveClient } from "../../../src/console/live/live-client.js";
import { loadConfig } from "../../../src/runtime/config.js";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { clientSocket } from "../../support/socket-factory.js";
import { until } from "../../support/until.js";

let system: RunningSystem;
beforeAll(async () => {
  system = await startRunningSystem({ args: ["--no-demo"] });
}, 120_000);
afterAll(() => system.stop(), 30_000);

/** Posts a message a time until it is told to stop; the ids that were answered 201. */
function customers(): { answered: number[]; stop: () => Promise<void> } {
  const answered: number[] = [];
  let going = true;
  const run = async (name: string) => {
    for (let n = 0; going; n++) {
      const answer = await fetch(`${system.api}/api/messages/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user_id: name, body: `message ${n} of ${name}` }),
      }).catch(() => null);
      if (answer?.status === 201) answered.push(((await answer.json()) as { id: number }).id);
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const running = Promise.all(["A", "B", "C", "D"].map(run));
  return {
    answered,
    stop: async () => {
      going = false;
      await running;
    },
  };
}

test("kill -9 of each process under load: each is back by itself, nothing that was answered is lost", async () => {
  const told = new Set<number>();
  const positions: number[] = [];
  const client = new LiveClient({
    socket: clientSocket,
    onFrame: (frame) => {
      if (frame.type === "message_new") told.add(Number(frame.message_id));
      if (typeof frame.pos === "number") positions.push(frame.pos);
    },
  });
  client.connect(system.socket, { since: 0 });
  const { answered, stop } = customers();
  await until(() => answered.length > 20, "messages to come in");

  const parts = ["worker", "api", "relay", ...(system.pids("redis").length > 0 ? ["redis"] : [])];
  for (const part of parts) {
    const victims = system.pids(part);
    expect(victims.length, part).toBeGreaterThan(0);
    for (const pid of victims) process.kill(pid, "SIGKILL");
    await until(() => system.pids(part).some((pid) => !victims.includes(pid)), `${part} to be back`, 5000);
    const before = answered.length;
    await until(() => answered.length > before + 20, `messages after ${part} was killed`, 15_000);
  }
  await stop();

  const desk = new pg.Client({ connectionString: loadConfig(system.env).databaseUrl });
  await desk.connect();
  const undone = async () => {
    const { rows } = await desk.query<{ id: string }>(
      "SELECT id FROM tickets WHERE id = ANY($1) AND (scored_at IS NULL OR routed_at IS NULL)",
      [answered],
    );
    return rows.length;
  };
  await until(async () => (await undone()) === 0, "all of them to be scored and routed", 60_000);
  const { rows } = await desk.query<{ id: string }>("SELECT id FROM tickets WHERE id = ANY($1)", [answered]);
  expect(rows.length).toBe(answered.length);
  await until(() => answered.every((id) => told.has(id)), "all of them to be announced", 15_000);
  expect(positions).toEqual(positions.map((_, index) => index + 1));
  client.close();
  await desk.end();
}, 180_000);
