import { readFileSync } from "node:fs";

/** What a process has in memory, kB; null where there is no /proc. */
export function memoryOf(pid: number): number | null {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) || null;
  } catch {
    return null;
  }
}
