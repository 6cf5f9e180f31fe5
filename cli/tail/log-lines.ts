import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Step } from "./request-life.js";

interface LogLine {
  time?: string;
  msg?: string;
  name?: string;
  request_id?: string;
  request_ids?: string[];
  [name: string]: unknown;
}

/**
 * The lines of a log (JSON, one a line) that belong to a request: the call itself, which no table keeps, and the jobs'.
 * Other lines, and what is no JSON, are passed over. Rejects when the file cannot be read.
 */
export async function logSteps(path: string, requestId: string): Promise<Step[]> {
  const steps: Step[] = [];
  const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const text of lines) {
    number++;
    if (!text.includes(requestId)) continue;
    const step = stepOf(text, requestId, `${path}:${number}`);
    if (step) steps.push(step);
  }
  return steps;
}

function stepOf(text: string, requestId: string, key: string): Step | null {
  let line: LogLine;
  try {
    // A supervisor or a container's driver may have put its own words before the line.
    line = JSON.parse(text.slice(text.indexOf("{"))) as LogLine;
  } catch {
    return null;
  }
  if (line.request_id !== requestId && !line.request_ids?.includes(requestId)) return null;
  const tookMs = typeof line.duration_ms === "number" ? line.duration_ms : undefined;
  // A line is written at the end of what it tells of.
  const at = new Date(new Date(line.time ?? Number.NaN).getTime() - (line.msg === "request" ? (tookMs ?? 0) : 0));
  if (Number.isNaN(at.getTime())) return null;
  const isCall = line.msg === "request";
  const what = isCall
    ? `${line.method} ${line.route} ${line.status}`
    : `${line.name ?? "log"}: ${line.msg ?? ""} ${line.stage ?? ""} ${line.outcome ?? ""}`.trim();
  return {
    key,
    at,
    kind: isCall ? "http" : "job",
    what,
    ...(tookMs === undefined ? {} : { tookMs }),
    facts: { log: line },
  };
}
