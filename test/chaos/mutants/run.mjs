#!/usr/bin/env node
/**
 * Breaks one rule after the other in a copy of the tree and says who notices: a proof that no broken rule fails proves
 * nothing. `npm run test:mutants [-- name …]`. A patch names its rule, what it breaks, and its proof: `Tests:` (files of
 * the race and integration tests) or `Command:` (run against the copy's whole system, with `Env:`). Exits 1 when one is not
 * convicted, or does not apply any more.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convictBySystem } from "./by-system.mjs";
import { convictByTests } from "./by-tests.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const parts = ["src", "cli", "workers", "migrations", "data", "test", "dist", "package.json", "tsconfig.json"];
const wanted = process.argv.slice(2);

const mutants = readdirSync(here)
  .filter((file) => file.endsWith(".patch"))
  .map((file) => {
    const text = readFileSync(join(here, file), "utf8");
    const words = (name) => (new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1] ?? "").split(" ").filter(Boolean);
    return {
      name: file.replace(/\.patch$/, ""),
      file: join(here, file),
      rule: words("Rule").join(" "),
      tests: words("Tests"),
      command: words("Command").join(" "),
      env: Object.fromEntries(words("Env").map((pair) => pair.split("="))),
    };
  })
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const copy = mkdtempSync(join(tmpdir(), "switchboard-mutants-"));
// Under root, Postgres runs as another user, who has to pass.
chmodSync(copy, 0o711);

function apply(file, ...flags) {
  const done = spawnSync("git", ["apply", ...flags, file], { cwd: copy, encoding: "utf8" });
  return done.status === 0 ? null : done.stderr.trim();
}

/** What each of the mutant's proofs found; null when one could not be run. */
async function convictions(mutant) {
  const byTests = mutant.tests.length > 0 ? convictByTests(copy, mutant.tests) : [];
  const bySystem = mutant.command ? await convictBySystem(copy, mutant) : [];
  return byTests && bySystem ? { byTests, bySystem } : null;
}

/** What became of a mutant: told in a line, and whether all of its proofs found it. */
async function judge(mutant) {
  const refused = apply(mutant.file);
  if (refused !== null) return { convicted: false, by: "DOES NOT APPLY", why: refused };
  const found = await convictions(mutant);
  apply(mutant.file, "--reverse");
  if (found === null) return { convicted: false, by: "COULD NOT BE RUN", why: "" };
  const asked = [mutant.tests.length > 0 ? found.byTests : null, mutant.command ? found.bySystem : null];
  const proofs = asked.filter((proof) => proof !== null);
  const firsts = proofs.flatMap((proof) => proof.slice(0, 1));
  if (proofs.length === 0 || firsts.length < proofs.length) return { convicted: false, by: "NOBODY", why: "" };
  return { convicted: true, by: firsts.map(({ by }) => by).join(", "), why: firsts.map(({ why }) => why).join("; ") };
}

function row(columns) {
  const widths = [28, 10, 44];
  console.log(columns.map((text, index) => String(text).padEnd(widths[index] ?? 0)).join("  "));
}

let convicted = 0;
try {
  for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  const before = tests.length > 0 ? convictByTests(copy, tests) : [];
  if (before === null || before.length > 0) {
    console.error("The tests fail without any mutant:", before ?? "they could not be run");
  } else {
    row(["mutant", "rule", "convicted by", "which says"]);
    for (const mutant of mutants) {
      const fate = await judge(mutant);
      if (fate.convicted) convicted++;
      row([mutant.name, mutant.rule, fate.by, fate.why]);
    }
    console.log(`${convicted} of ${mutants.length} convicted`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.exit(convicted === mutants.length && convicted > 0 ? 0 : 1);
