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
  return pino({
    name,
    level: settings.LOG_LEVEL,
    base: { name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redacted, censor: "[redacted]" },
    ...(pretty
      ? { transport: { target: "pino-pretty", options: { colorize: true, ignore: "pid,hostname", singleLine: true } } }
      : {}),
  });
}
