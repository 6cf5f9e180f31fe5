import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/runtime/config.js";
import { startRunningSystem } from "../../support/running-system.js";
import { fuzzOperations } from "./fuzz-operations.js";

const requests = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31 - 1));
/** A system that runs already, by its DATA_DIR; without it the test starts one. */
const running = process.env.FUZZ_DATA_DIR;

/** What nobody can make up: passwords, and tokens that were given out. */
const unguessable = new Set(["POST /api/auth/login/", "POST /api/auth/refresh/"]);

/** A running system whose limits of rate do not stand in the fuzzer's way. */
async function system() {
  const own = running ? null : await startRunningSystem({ args: ["--no-demo"] });
  const config = loadConfig({ DATA_DIR: running ?? own?.dataDir });
  const first = { email: config.ADMIN_EMAIL ?? "", password: config.ADMIN_PASSWORD ?? "" };
  return { api: `http://127.0.0.1:${config.PORT}`, first, stop: async () => void (await own?.stop()) };
}

test(`${requests} requests made up from the OpenAPI document: no 5xx, no stack, no SQL, every answer as documented`, {
  timeout: 1_800_000,
}, async () => {
  const { api, first, stop } = await system();
  try {
    const only = process.env.FUZZ_ONLY ?? "";
    const outcome = await fuzzOperations({ api, first, requests, seed, only });
    console.log(`fuzz: ${outcome.requests} requests, seed ${seed} (again with FUZZ_SEED=${seed})`);
    for (const [operation, statuses] of Object.entries(outcome.statuses)) {
      console.log(
        `  ${operation}: ${Object.entries(statuses)
          .map(([status, n]) => `${status} x ${n}`)
          .join(", ")}`,
      );
    }
    const shown = outcome.findings.map(({ operation, faults, request, answer, replay }) =>
      [`${operation}: ${faults.join("; ")}`, request, `-> ${answer}`, replay].join("\n"),
    );
    expect(shown, shown.join("\n\n")).toEqual([]);
    // Were all refused at the door, nothing would have been tried. A short run may miss a rare success.
    if (requests < 200 * Object.keys(outcome.statuses).length) return;
    const untried = Object.entries(outcome.statuses).filter(
      ([operation, statuses]) => !unguessable.has(operation) && !Object.keys(statuses).some((s) => s < "4"),
    );
    expect(untried).toEqual([]);
  } finally {
    await stop();
  }
});
