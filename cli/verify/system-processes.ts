import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What of the embedded system can be killed. */
export type SystemPart = "api" | "worker" | "relay";

/**
 * Processes of the embedded system in DATA_DIR that are of that part: by the system's random id, which they show in their
 * command lines. [] where the system is not on this machine, or the machine has no /proc.
 */
export function systemProcesses(dataDir: string, part: SystemPart): number[] {
  const id = systemId(dataDir);
  if (id === null) return [];
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        const line = commandLine(pid);
        return line.startsWith(`switchboard-${part}`) && line.includes(id);
      });
  } catch {
    return [];
  }
}

function systemId(dataDir: string): string | null {
  try {
    const secrets: unknown = JSON.parse(readFileSync(join(dataDir, "secrets.json"), "utf8"));
    const id = typeof secrets === "object" && secrets !== null && "systemId" in secrets ? secrets.systemId : null;
    return typeof id === "string" && id !== "" ? id : null;
  } catch {
    return null;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
