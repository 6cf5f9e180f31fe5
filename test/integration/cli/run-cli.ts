import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../src/runtime/package-root.js";

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The last line of stdout as JSON. */
  json<T = Record<string, unknown>>(): T;
}

const main = join(packageRoot, "dist", "cli", "main.js");

/** The built command line with these settings and no others. */
export function spawnCli(args: readonly string[], settings: Record<string, string>): ChildProcess {
  const env = { PATH: process.env.PATH ?? "", ...settings };
  return spawn(process.execPath, [main, ...args], { env, stdio: ["pipe", "pipe", "pipe"] });
}

/** Its end. */
export async function ended(child: ChildProcess): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (part: Buffer) => {
    stdout += part.toString("utf8");
  });
  child.stderr?.on("data", (part: Buffer) => {
    stderr += part.toString("utf8");
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr, json: () => JSON.parse(stdout.trim().split("\n").at(-1) ?? "") };
}

/** Runs it to its end. */
export function runCli(args: readonly string[], settings: Record<string, string>, input = ""): Promise<CliResult> {
  const child = spawnCli(args, settings);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return ended(child);
}

/** A folder of a test's own. */
export const makeFolder = () => mkdtempSync(join(tmpdir(), "switchboard-cli-"));

/** Settings of a desk that has only a database. */
export function deskSettings(databaseUrl: string): Record<string, string> {
  return { DATABASE_URL: databaseUrl, REDIS_URL: "none", JWT_SECRET: "j".repeat(40), DATA_DIR: makeFolder() };
}
