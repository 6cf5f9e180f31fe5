import { UsageError } from "../failure.js";

const hourMs = 3_600_000;

/** `2017-02-03 7:01:34`, with `T`, without seconds, with fractions, with `Z` or `+03:00`; a date alone is its midnight. */
const yearFirst =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/i;
/** `03-02-2017 7:01`: the day first. */
const dayFirst = /^(\d{1,2})-(\d{1,2})-(\d{4})(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/** Local times of a place as UTC. */
export type ZoneOffset = (localMs: number) => number;

/** UTC itself. */
export const utc: ZoneOffset = () => 0;

/**
 * The zone's offset at a local time, ms east of UTC. A time that a clock change makes twice is taken as the first one; one
 * that it leaves out is taken with the offset before it. Throws UsageError for a zone that is none.
 */
export function zoneOffset(timeZone: string): ZoneOffset {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "iso8601",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch {
    throw new UsageError(`--time-zone: ${timeZone} is no time zone; one is Africa/Nairobi`);
  }
  const offsetAt = (utcMs: number): number => {
    const part = Object.fromEntries(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000;
  };
  // Clocks change on the quarter of an hour, so that what holds for one of its moments holds for all.
  const known = new Map<number, number>();
  return (localMs) => {
    const quarter = Math.floor(localMs / (hourMs / 4));
    let offset = known.get(quarter);
    if (offset === undefined) {
      const moment = quarter * (hourMs / 4);
      const before = offsetAt(moment - 24 * hourMs);
      const after = offsetAt(moment + 24 * hourMs);
      offset = [before, after].find((candidate) => offsetAt(moment - candidate) === candidate) ?? before;
      if (known.size > 10_000) known.clear();
      known.set(quarter, offset);
    }
    return offset;
  };
}

const daysIn = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * A time as real exports write it, or null: nothing is guessed, so `03/02/2017` is none. A time that names its own offset
 * keeps it, every other one is local to `zone`.
 */
export function parseTime(text: string, zone: ZoneOffset): Date | null {
  const trimmed = text.trim();
  const iso = yearFirst.exec(trimmed);
  const match = iso ?? dayFirst.exec(trimmed);
  if (!match) return null;
  const [year, month, day] = (iso ? [1, 2, 3] : [3, 2, 1]).map((group) => Number(match[group]));
  const [hour, minute, second] = [4, 5, 6].map((group) => Number(match[group] ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fractionMs = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second, fractionMs);
  const offset = iso ? ownOffset(match[8]) : undefined;
  if (offset === null) return null;
  return new Date(localMs - (offset ?? zone(localMs)));
}

/** ms east of UTC; undefined where the time names none, null where it names one that cannot be. */
function ownOffset(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (/^(z|utc)$/i.test(text)) return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 15 || minutes > 59) return null;
  return (text.startsWith("-") ? -1 : 1) * (hours * hourMs + minutes * 60_000);
}
