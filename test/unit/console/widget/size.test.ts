import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { expect, it } from "vitest";

/** What a foreign page is asked to load at most, bytes. */
const gzippedMax = 40_000;

it("weighs less than 40 kB gzipped, is one plain script, and asks for no other", async () => {
  const configFile = fileURLToPath(new URL("../../../../src/console/widget.vite.config.ts", import.meta.url));
  const built = await build({ configFile, build: { write: false } });
  const { output } = (Array.isArray(built) ? built[0] : built) as Rollup.RollupOutput;
  expect(output.map(({ fileName }) => fileName)).toEqual(["widget.js"]);
  const [{ code, imports, dynamicImports }] = output;
  expect([imports, dynamicImports]).toEqual([[], []]);
  const gzipped = gzipSync(code).byteLength;
  expect(gzipped).toBeLessThan(gzippedMax);
  expect(gzipped).toBeGreaterThan(10_000);
  // What a page's security policy or its Trusted Types would refuse.
  expect(code).not.toMatch(/\beval\(|new Function\(|import\(|document\.write/);
});
