import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Parts of the embedded system, as they show in its processes' command lines. */
export const systemParts = ["api", "worker", "relay", "redis", "postgres"] as const;
export type SystemPart = (typeof systemParts)[number];

/** A process of the system. */
export interface SystemProcess {
  pid: number;
  part: SystemPart;
  /** Memory in use (VmRSS), MB. */
  memoryMb: number;
}

const patterns: Record<SystemPart, RegExp> = {
  api: /^switchboard-api /,
  worker: /^switchboard-worker /,
  relay: /^switchboard-relay /,
  redis: /^(redis|valkey)-server /,
  // The server, not its sessions.
  postgres: /(^|\/)postgres .*-D /,
};

/**
 * The processes of the embedded system in DATA_DIR, found by its random id, which all of them show in their command lines;
 * other systems on the machine do not. A cluster's processes are found as children of the one that shows it.
 */
export class EmbeddedSystem {
  readonly mark: string;

  private constructor(mark: string) {
    this.mark = mark;
  }

  /** null: no such system, or a machine without /proc. */
  static find(dataDir: string): EmbeddedSystem | null {
    try {
      const secrets = JSON.parse(readFileSync(join(dataDir, "secrets.json"), "utf8")) as { systemId?: unknown };
      if (typeof secrets.systemId !== "string" || secrets.systemId === "") return null;
      const system = new EmbeddedSystem(`switchboard-${secrets.systemId}`);
      return system.processes().length > 0 ? system : null;
    } catch {
      return null;
    }
  }

  /** What runs of it now. */
  processes(part?: SystemPart): SystemProcess[] {
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const lines = all.map((name) => ({ pid: Number(name), line: readProc(name, "cmdline").replaceAll("\0", " ") }));
    const marked = lines.flatMap(({ pid, line }) => {
      const of = line.includes(this.mark) ? systemParts.find((name) => patterns[name].test(line)) : undefined;
      return of ? [{ pid, part: of }] : [];
    });
    const apis = new Set(marked.filter((one) => one.part === "api").map((one) => one.pid));
    const forked = lines.filter(
      ({ pid, line }) => line.includes("/api/main.js") && apis.has(parentOf(pid)) && !apis.has(pid),
    );
    // A session that was just begun still shows the server's own line.
    const servers = new Set(marked.filter((one) => one.part === "postgres").map((one) => one.pid));
    const own = marked.filter((one) => one.part !== "postgres" || !servers.has(parentOf(one.pid)));
    return [...own, ...forked.map(({ pid }) => ({ pid, part: "api" as const }))]
      .filter((one) => part === undefined || one.part === part)
      .map((one) => ({ ...one, memoryMb: memoryOf(one.pid) }));
  }
}

function readProc(pid: string | number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function parentOf(pid: number): number {
  const stat = readProc(pid, "stat");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function memoryOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, "status"))?.[1];
  return Math.round(Number(found ?? 0) / 1024);
}

/** Whether the process of that id has the local end of a connection from that port: it is the session's client. */
export function holdsPort(pid: number, port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set(
    ["tcp", "tcp6"].flatMap((file) =>
      readProc(pid, `net/${file}`)
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[1]?.endsWith(wanted))
        .map((fields) => `socket:[${fields[9]}]`),
    ),
  );
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}
