import { InvalidArgumentError } from "commander";

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A moment for an option: a time with its zone (`2026-01-31T12:00:00Z`), a day (UTC), or how long ago (`90m`, `7d`). */
export function parseSince(text: string): Date {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago) return new Date(Date.now() - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs]);
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = new Date(text);
  if (!isTime || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError(
      "It is a time with its zone (2026-01-31T12:00:00Z), a day, or how long ago (90m, 7d).",
    );
  }
  return time;
}
