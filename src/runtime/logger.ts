import { type Logger, pino } from "pino";
import { scrubError, scrubLine } from "./scrub.js";
import type { Settings } from "./settings.js";

export type { Logger } from "pino";

/**
 * The process's logger: JSON lines on stdout, pretty ones for a person at a terminal. One canonical line for each
 * request, job and socket session; bodies and tokens never, whatever somebody passes.
 */
export function createLogger(name: string, settings: Pick<Settings, "LOG_LEVEL" | "LOG_FORMAT">): Logger {
  const pretty = settings.LOG_FORMAT === "pretty" || (settings.LOG_FORMAT === undefined && process.stdout.isTTY);
  const options = {
    name,
    level: settings.LOG_LEVEL,
    base: { name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    // Not pino's own redaction: with a path like `*.token` it costs 15 µs a line, which is as much as all the rest.
    formatters: { level: (label: string) => ({ level: label }), log: scrubLine },
    serializers: { err: scrubError },
  };
  if (pretty) {
    const pretty = { colorize: true, ignore: "pid,hostname", singleLine: true };
    return pino({ ...options, transport: { target: "pino-pretty", options: pretty } });
  }
  // Each line is written before the next is made: pino's own default lets the last ones overtake each other, or be lost,
  // when the process ends (its flush does not wait for a write that is under way).
  return pino(options, pino.destination({ fd: 1, sync: true }));
}
