import { Failure } from "../failure.js";
import { startNode } from "../own-system.js";

/** What one run of load came to. */
export interface LoadResult {
  perSecond: number;
  ok: number;
  failed: number;
  p50Ms: number;
  p99Ms: number;
}

/** Posts messages to `api` over `connections` for `seconds`, from a process of its own. */
export async function load(
  api: string,
  options: { connections: number; seconds: number; token?: string },
): Promise<LoadResult> {
  const lines: string[] = [];
  const args = [`${api}/api/messages/`, String(options.connections), String(options.seconds), options.token ?? ""];
  const { child } = startNode("cli/bench/load-process.js", args, {}, (line) => lines.push(line));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const last = lines.findLast((line) => line.startsWith("{"));
  if (code !== 0 || !last) throw new Failure(`the load generator failed:\n${lines.slice(-5).join("\n")}`);
  return JSON.parse(last) as LoadResult;
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
