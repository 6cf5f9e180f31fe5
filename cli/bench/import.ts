import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../failure.js";
import { type OwnSystem, startNode } from "../own-system.js";
import type { BenchRow } from "./row.js";

/** Import of generated files, everything running: rows a second, and whether memory depends on the file's size. */
export async function benchImport(system: OwnSystem, rows: number): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "switchboard-import-"));
  try {
    const small = await importOne(system, await generate(folder, "small", Math.round(rows / 4)));
    const large = await importOne(system, await generate(folder, "large", rows));
    const perSecond = Math.round(large.imported / large.seconds);
    return [
      {
        row: `import of ${rows} rows`,
        figure: `${perSecond} rows/s; peak memory ${large.peakMb} MB (${small.peakMb} MB for a quarter of it)`,
        value: perSecond,
        detail: { small, large },
        target: ">= 5000",
        met: perSecond >= 5000,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function generate(folder: string, name: string, rows: number): Promise<string> {
  const path = join(folder, `${name}.csv`);
  const out = createWriteStream(path);
  out.write("user_id,timestamp,body\n");
  for (let row = 0; row < rows; row++) {
    const line = `${name}-${row % 5000},2026-01-01 10:00:00,"My transfer ${name} ${row} has not arrived, is it lost?"\n`;
    if (!out.write(line)) await once(out, "drain");
  }
  await new Promise<void>((resolve) => out.end(() => resolve()));
  return path;
}

interface Imported {
  imported: number;
  seconds: number;
  peakMb: number;
}

async function importOne(system: OwnSystem, path: string): Promise<Imported> {
  const lines: string[] = [];
  const { child, pid } = startNode("cli/main.js", ["import", path, "--json"], system.env, (line) => lines.push(line));
  let peakKb = 0;
  const timer = setInterval(() => {
    peakKb = Math.max(peakKb, residentKb(pid));
  }, 100);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearInterval(timer);
  const last = lines.findLast((line) => line.startsWith("{"));
  if (code !== 0 || !last) throw new Failure(`import failed:\n${lines.slice(-5).join("\n")}`);
  const { imported, seconds } = JSON.parse(last) as { imported: number; seconds: number };
  return { imported, seconds, peakMb: Math.round(peakKb / 1024) };
}

/** Resident memory of a process, kB; 0 where the system does not tell (not Linux). */
function residentKb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
