import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../../src/runtime/package-root.js";

const folder = join(packageRoot, "test/chaos/mutants");
const patches = readdirSync(folder).filter((name) => name.endsWith(".patch"));
const hasGit = spawnSync("git", ["--version"]).status === 0;
if (!hasGit) console.warn("SKIPPED: no git on the PATH, which says whether a patch applies");

test.skipIf(!hasGit).each(patches)("%s still applies, and names its rule and what proves it", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const { stderr, status } = spawnSync("git", ["apply", "--check", join(folder, name)], { cwd: packageRoot });
  expect([status, String(stderr)]).toEqual([0, ""]);
  const words = (head: string) => new RegExp(`^${head}: (.+)$`, "m").exec(text)?.[1]?.split(" ") ?? [];
  expect(words("Rule")).not.toEqual([]);
  expect(words("Breaks")).not.toEqual([]);
  expect([...words("Tests"), ...words("Command")]).not.toEqual([]);
  for (const file of words("Tests")) expect(existsSync(join(packageRoot, file)), file).toBe(true);
});

test("each of I1 to I5 has a mutant that the running system's own proof is to find", () => {
  const proven = patches.flatMap((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    return /^Command: verify (crash|stream|deliveries) /m.test(text) ? (/^Rule: (I\d)$/m.exec(text)?.[1] ?? []) : [];
  });
  expect([...new Set(proven)].sort()).toEqual(["I1", "I2", "I3", "I4", "I5"]);
});
