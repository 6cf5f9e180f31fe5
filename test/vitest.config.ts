import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const jsonFolder = process.env.VITEST_JSON_DIR;
const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * One project for each kind of test. `unit` needs nothing but Node; the others get one Postgres (and a Redis where there
 * is one) for the whole run from `support/global-setup.ts`, and a database of their own for each file.
 */
export default defineConfig({
  root,
  test: {
    // CI adds the runs up from these.
    ...(jsonFolder
      ? { reporters: ["default", "json"], outputFile: { json: join(jsonFolder, `${process.pid}.json`) } }
      : {}),
    projects: [
      { test: { name: "unit", root, include: ["test/unit/**/*.test.ts"], sequence: { groupOrder: 0 } } },
      ...["integration", "contract", "race", "e2e", "chaos"].map((name, index) => ({
        test: {
          name,
          root,
          include: [`test/${name}/**/*.test.ts`],
          globalSetup: ["test/support/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          // One kind after the other: they share two cores.
          sequence: { groupOrder: index + 1 },
          ...(name === "contract" || name === "integration" || name === "race" ? { isolate: false } : {}),
          fileParallelism: name !== "e2e" && name !== "chaos",
        },
      })),
    ],
  },
});
