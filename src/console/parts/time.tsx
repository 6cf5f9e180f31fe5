import { useSyncExternalStore } from "react";
import { words } from "../words/en.js";
import { fullTime } from "./clock.js";

const tickMs = 20_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** The time now, ms; it moves every 20 s. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** How long ago, in a word or two. */
export function ago(at: number, from: number): string {
  const minutes = Math.max(0, Math.floor((from - at) / 60_000));
  if (minutes < 1) return words.time.now;
  if (minutes < 60) return words.time.minutes(minutes);
  if (minutes < 48 * 60) return words.time.hours(Math.floor(minutes / 60));
  return words.time.days(Math.floor(minutes / 1440));
}

/** How long ago something was; the exact time for who points at it. */
export function Ago({ at }: { at: number }) {
  const from = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {ago(at, from)}
    </time>
  );
}
