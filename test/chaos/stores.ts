import { spawnSync } from "node:child_process";

/** The stores that the embedded system can run on, here: REDIS_URL for each. */
export const stores: readonly { name: string; env: Record<string, string> }[] = [
  ...(["valkey-server", "redis-server"].some((program) => spawnSync(program, ["--version"]).status === 0)
    ? [{ name: "Redis", env: { REDIS_URL: "" } }]
    : []),
  { name: "REDIS_URL=none", env: { REDIS_URL: "none" } },
];

/** The seed of a run: TEST_SEED, or the test's own. */
export const seedOr = (fallback: number): string => process.env.TEST_SEED ?? String(fallback);
