import { type Logger, pino } from "pino";
import type { Settings } from "./settings.js";

export type { Logger } from "pino";

/** Paths that never reach a log, whatever somebody passes. */
const redacted = ["token", "password", "authorization", "*.token", "*.password", "*.authorization", "*.secret"];

/**
 * The process's logger: JSON lines on stdout, pretty ones for a person at a terminal. One canonical line for each
 * request, job and socket session; bodies and tokens never.
 */
export function createLogger(name: string, settings: Pick<Settings, "LOG_LEVEL" | "LOG_FORMAT">): Logger {
  const pretty = settings.LOG_FORMAT === "pretty" || (settings.LOG_FORMAT === undefined && process.stdout.isTTY);
  const options = {
    name,
    level: settings.LOG_LEVEL,
    base: { name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redacted, censor: "[redacted]" },
  };
  if (pretty) {
    const pretty = { colorize: true, ignore: "pid,hostname", singleLine: true };
    return pino({ ...options, transport: { target: "pino-pretty", options: pretty } });
  }
  // Each line is written before the next is made: pino's own default lets the last ones overtake each other, or be lost,
  // when the process ends (its flush does not wait for a write that is under way).
  return pino(options, pino.destination({ fd: 1, sync: true }));
}
