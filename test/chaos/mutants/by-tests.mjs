import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs test files in the tree `copy`. What failed, each with its file and what it says of a rule; null when they could not
 * be run.
 */
export function convictByTests(copy, tests) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const vitest = join(copy, "node_modules/vitest/vitest.mjs");
  const flags = ["--config", "test/vitest.config.ts", "--project", "race", "--project", "integration"];
  spawnSync(process.execPath, [vitest, "run", ...flags, "--reporter=json", `--outputFile=${report}`, ...tests], {
    cwd: copy,
    encoding: "utf8",
    // The first failure convicts; the shortest sequence that fails is for people.
    env: { ...process.env, RACE_SHRINK: "0" },
  });
  if (!existsSync(report)) return null;
  const { testResults, numTotalTests } = JSON.parse(readFileSync(report, "utf8"));
  if (numTotalTests === 0) return null;
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ failureMessages }) => ({
        by: name.slice(name.indexOf("/test/") + 6),
        why: reason(failureMessages[0]),
      })),
  );
}

/** What a failure says of a rule, else its first line. */
function reason(message = "") {
  const rule = /I[1-6] [a-z][^:"]{10,90}|a deadlock[^"\n]*|no order of the two comes to this/.exec(message)?.[0];
  return (rule ?? message.split("\n")[0]).slice(0, 100);
}
