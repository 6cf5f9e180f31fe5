import { plain } from "../output.js";
import type { Step } from "./request-life.js";

/** `+ 12 ms`, `+ 3.4 s`: room for eight signs. */
export function inTime(ms: number): string {
  const sign = ms < 0 ? "-" : "+";
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${Math.round(size)} ms`;
  if (size < 120_000) return `${sign}${(size / 1000).toFixed(1)} s`;
  return `${sign}${Math.round(size / 60_000)} min`;
}

/** A step as a line: since the first one, since the one before, what it is, how long it took. Cut to `width` signs. */
export function stepLine(step: Step, since: { first: Date; before: Date }, width: number): string {
  const total = inTime(step.at.getTime() - since.first.getTime());
  const gap = inTime(step.at.getTime() - since.before.getTime());
  const took = step.tookMs === undefined ? "" : ` (${inTime(step.tookMs).replace(/^\+/, "")})`;
  const head = `${step.at.toISOString().slice(11, 23)} ${total.padStart(9)} ${gap.padStart(9)}  ${step.kind.padEnd(8)} `;
  const line = `${head}${plain(step.what)}${took}`;
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line;
}

/** A step as `--json` shows it: what is known of it, and the times between. */
export function stepJson(step: Step, since: { first: Date; before: Date }): Record<string, unknown> {
  return {
    at: step.at,
    since_first_ms: step.at.getTime() - since.first.getTime(),
    since_before_ms: step.at.getTime() - since.before.getTime(),
    kind: step.kind,
    what: step.what,
    took_ms: step.tookMs ?? null,
    ...step.facts,
  };
}
