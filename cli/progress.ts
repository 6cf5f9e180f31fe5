import { SingleBar } from "cli-progress";
import { note } from "./output.js";

/** What is shown while something long runs, on stderr: a bar in a terminal, else a line every few seconds. */
export interface Progress {
  /** `done` of the total, and the rows that this was so far. */
  update(done: number, rows: number): void;
  stop(): void;
}

const lineEveryMs = 5000;

/** `2 h 5 min`, `3 min 20 s`, `12 s`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.ceil(seconds);
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${whole} s`;
}

/**
 * Shows progress towards `total` (bytes), with the rate in `unit` (null: what is done has none) and the time that is left at
 * the pace so far.
 */
export function startProgress(total: number, unit: string | null = "rows"): Progress {
  const startedAt = performance.now();
  const figures = (done: number, rows: number) => {
    const seconds = (performance.now() - startedAt) / 1000;
    const left = done > 0 ? (seconds * (total - done)) / done : Number.POSITIVE_INFINITY;
    return { rows: rows.toLocaleString("en-US"), rate: Math.round(rows / seconds), left: formatDuration(left) };
  };
  if (!process.stderr.isTTY) return lines(total, unit, figures);
  const bar = new SingleBar({
    format: `{bar} {percentage} % | ${unit === null ? "" : `{rows} ${unit} | {rate} ${unit}/s | `}{left} left`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 30,
    hideCursor: true,
    stream: process.stderr,
    gracefulExit: false,
  });
  bar.start(total, 0, { rows: "0", rate: 0, left: "?" });
  return {
    update: (done, rows) => bar.update(done, figures(done, rows)),
    stop: () => bar.stop(),
  };
}

type Figures = (done: number, rows: number) => { rows: string; rate: number; left: string };

function lines(total: number, unit: string | null, figures: Figures): Progress {
  let saidAt = performance.now();
  return {
    update: (finished, rows) => {
      if (performance.now() - saidAt < lineEveryMs) return;
      saidAt = performance.now();
      const shown = figures(finished, rows);
      const percent = Math.floor((100 * finished) / Math.max(1, total));
      const done = unit === null ? "" : `${shown.rows} ${unit}, ${shown.rate} ${unit}/s, `;
      note(`${percent} %, ${done}${shown.left} left`);
    },
    stop: () => undefined,
  };
}
