const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** The time of day, as this browser's language writes it. */
export const clockTime = (at: number) => clock.format(at);

/** Date and time, as this browser's language writes them. */
export const fullTime = (at: number) => full.format(at);

/** A day as a heading: today, yesterday, or its date. */
export function dayName(at: number, from: number, words: { today: string; yesterday: string }): string {
  const start = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  const days = Math.round((start(from) - start(at)) / 86_400_000);
  return days === 0 ? words.today : days === 1 ? words.yesterday : day.format(at);
}
