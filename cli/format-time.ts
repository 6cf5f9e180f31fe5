import { formatDuration } from "./progress.js";

/** `2026-11-21 06:30:01.250Z`, or `-`. */
export function formatTime(time: Date | string | null): string {
  if (time === null) return "-";
  return new Date(time).toISOString().replace("T", " ");
}

/** An age or a time that is left, ms, in words: `850 ms`, `12 s`, `2 h 5 min`, `3 d 4 h`; `-` for none. */
export function formatAge(ms: number | null): string {
  if (ms === null) return "-";
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const hours = Math.floor(ms / 3_600_000);
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return formatDuration(Math.floor(ms / 1000));
}
