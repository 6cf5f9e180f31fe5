import { afterEach, describe, expect, test } from "vitest";
import { runCli } from "../integration/cli/run-cli.js";
import { type RunningSystem, startRunningSystem } from "../support/running-system.js";
import { seedOr, stores } from "./stores.js";

interface StreamLine {
  holds: boolean;
  zeros: Record<string, number>;
  log: { positions: number };
  clients: { delivered: number; connections: number };
  faults: unknown[];
}

let system: RunningSystem | null = null;
afterEach(async () => {
  await system?.stop();
  system = null;
}, 60_000);

describe.each(stores)("on $name", ({ env }) => {
  test("clients drop while relay, leader and bus are killed: each log is the stream's", {
    timeout: 300_000,
  }, async () => {
    system = await startRunningSystem({ args: ["--no-demo"], env });
    const { port } = new URL(system.api);
    const settings = { DATA_DIR: system.dataDir, PORT: port, RELAY_PORT: system.env.RELAY_PORT ?? "" };
    const args = ["verify", "stream", "--clients", "50", "--drop-rate", "0.2", "--events", "4000", "--rate", "250"];
    const chaos = ["--chaos", "--fault-every", "4", "--seed", seedOr(1), "--json"];
    const result = await runCli([...args, ...chaos], settings);
    const figures = result.json<StreamLine>();
    expect(
      Object.entries(figures.zeros).filter(([, count]) => count !== 0),
      result.stderr,
    ).toEqual([]);
    expect([result.code, figures.holds]).toEqual([0, true]);
    expect(figures.log.positions).toBeGreaterThanOrEqual(4000);
    expect(figures.clients.delivered).toBe(50 * figures.log.positions);
    expect(figures.clients.connections).toBeGreaterThan(50);
    expect(figures.faults.length).toBeGreaterThan(2);
  });
});
