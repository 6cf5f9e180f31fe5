import { createLogger } from "../../src/runtime/logger.js";

/** A logger that says nothing, unless a test is looked into: LOG_LEVEL=debug. */
export const silentLogger = createLogger("test", {
  LOG_LEVEL: process.env.LOG_LEVEL === "debug" ? "debug" : "silent",
  LOG_FORMAT: "json",
});
