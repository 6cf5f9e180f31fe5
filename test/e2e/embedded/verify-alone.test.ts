import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "../../integration/cli/run-cli.js";

/** A claim is tried where no desk runs: it brings its own, and nothing of it is left. */
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verify-alone-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nodes = () =>
  readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`TMPDIR=${folder}\0`);
    } catch {
      return false;
    }
  });

it("starts a desk for the run, and takes it away again", async () => {
  const env = { DATA_DIR: join(folder, "none"), DATABASE_URL: "", REDIS_URL: "", JWT_SECRET: "", TMPDIR: folder };
  const { code, stdout, stderr } = await runCli(["verify", "claim-race", "--rounds", "5", "--json"], env);
  expect(stderr).toContain("no desk runs here: one is started for this run");
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, claim: "claim-race", holds: true, rounds: 5 });
  expect(readdirSync(folder)).toEqual([]);
  expect(nodes()).toEqual([]);
}, 240_000);
