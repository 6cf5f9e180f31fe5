import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../failure.js";

/** What one run came to. */
export interface Rate {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** Whether pgbench can be started; it comes with Debian's `postgresql-15`. */
export async function hasPgbench(): Promise<boolean> {
  const code = await exitOf(["--version"]).catch(() => null);
  return code?.code === 0;
}

/** Runs a script by prepared statements over `clients` connections for `seconds`. Throws when a transaction failed. */
export async function runPgbench(
  url: string,
  script: string,
  options: { clients: number; seconds: number; variables: Record<string, number> },
): Promise<Rate> {
  const folder = mkdtempSync(join(tmpdir(), "switchboard-pgbench-"));
  try {
    const file = join(folder, "script.sql");
    writeFileSync(file, script);
    const { clients, seconds } = options;
    const variables = Object.entries(options.variables).flatMap(([name, value]) => ["-D", `${name}=${value}`]);
    const threads = Math.min(clients, 2);
    const log = ["-l", `--log-prefix=${join(folder, "log")}`];
    const run = [
      "-n",
      "-M",
      "prepared",
      "-c",
      `${clients}`,
      "-j",
      `${threads}`,
      "-T",
      `${seconds}`,
      ...log,
      ...variables,
      "-f",
      file,
      url,
    ];
    const { code, output } = await exitOf(run);
    const tps = /tps = ([\d.]+)/.exec(output)?.[1];
    if (code !== 0 || !tps) throw new Failure(`pgbench failed:\n${output.slice(-2000)}`);
    const logs = readdirSync(folder).filter((name) => name.startsWith("log"));
    const lines = logs.flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
    return {
      perSecond: Math.round(Number(tps)),
      ...percentiles(lines.map((line) => Number(line.split(" ")[2]) / 1000)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The middle and the 99th of 100, ms with one decimal. */
export function percentiles(latenciesMs: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = [...latenciesMs].sort((left, right) => left - right);
  const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 10) / 10;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function exitOf(args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn("pgbench", args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, output };
}
