import { words } from "../words/en.js";

/** Until when a ticket is usually put aside. */
export function snoozeTimes(now: Date): { id: string; label: string; until: Date }[] {
  const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
  const morning = (days: number) => {
    const day = new Date(now);
    day.setDate(day.getDate() + days);
    day.setHours(9, 0, 0, 0);
    return day;
  };
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { id: "hour", label: words.snooze.hour, until: inHours(1) },
    { id: "three", label: words.snooze.three, until: inHours(3) },
    { id: "tomorrow", label: words.snooze.tomorrow, until: morning(1) },
    { id: "week", label: words.snooze.week, until: morning(untilMonday) },
  ];
}
