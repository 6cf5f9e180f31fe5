import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { expect, test } from "vitest";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { importRules } from "./import-rules.js";

const folders = ["src", "workers", "cli", "migrations"];

test("every import is one that the house allows", { timeout: 180_000 }, async () => {
  const { output } = await cruise(folders, {
    baseDir: packageRoot,
    ruleSet: { forbidden: importRules },
    validate: true,
    tsPreCompilationDeps: "specify",
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  });
  const result = output as ICruiseResult;
  expect(result.summary.totalCruised).toBeGreaterThan(50);
  const violations = result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
  expect(violations).toEqual([]);
});

test("process.env is read in runtime/config alone", () => {
  const readers = folders
    .flatMap((folder) =>
      readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
    )
    .filter((path) => path.endsWith(".ts") && readFileSync(join(packageRoot, path), "utf8").includes("process.env"));
  expect(readers).toEqual(["src/runtime/config.ts"]);
});
