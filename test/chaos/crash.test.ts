import { afterEach, describe, expect, test } from "vitest";
import { runCli } from "../integration/cli/run-cli.js";
import { type RunningSystem, startRunningSystem } from "../support/running-system.js";
import { seedOr, stores } from "./stores.js";

interface CrashLine {
  holds: boolean;
  findings: string[];
  undone: unknown;
  audit: { name: string; count: number; examples: string[] }[];
  acts: Record<string, { acked: number }>;
  faults: { kind: string }[];
}

/** A worker is stopped for that long and 2 s: the shorter, the more faults fit in. */
const JOB_LOCK_MS = "3000";

let system: RunningSystem | null = null;
afterEach(async () => {
  await system?.stop();
  system = null;
}, 60_000);

describe.each(stores)("on $name", ({ env }) => {
  test("everything is killed and stopped under load, and nothing is broken", { timeout: 300_000 }, async () => {
    system = await startRunningSystem({ args: ["--no-demo"], env: { ...env, JOB_LOCK_MS } });
    const { port } = new URL(system.api);
    const settings = { DATA_DIR: system.dataDir, PORT: port, RELAY_PORT: system.env.RELAY_PORT ?? "", JOB_LOCK_MS };
    const args = ["verify", "crash", "--workers", "3", "--seconds", "45", "--rate", "20", "--fault-every", "3"];
    const result = await runCli([...args, "--seed", seedOr(1), "--json"], settings);
    const figures = result.json<CrashLine>();
    const broken = figures.audit.filter(({ count }) => count !== 0);
    expect([broken, figures.findings, figures.undone], result.stderr).toEqual([[], [], null]);
    expect([result.code, figures.holds]).toEqual([0, true]);
    expect(figures.faults.length).toBeGreaterThan(4);
    expect(figures.acts.intake?.acked).toBeGreaterThan(50);
    const left = await runCli(["tickets", "ls", "--json"], settings);
    expect(left.json<{ results: unknown[] }>().results).toEqual([]);
  });
});
