import { sqlState } from "../src/db/transaction.js";
import { Refusal } from "../src/domain/errors.js";
import { ConfigError, parseSettings } from "../src/runtime/config.js";
import { Failure, UsageError } from "./failure.js";

const configExit = 78;
const usageExit = 2;
const failedExit = 1;

/** What is said of an error, and the exit code: sentences for a person, a stack only with LOG_LEVEL=debug or trace. */
export function explainError(error: unknown): { lines: string[]; code: number } {
  if (error instanceof ConfigError) return { lines: error.problems, code: configExit };
  if (error instanceof UsageError) return { lines: [error.message], code: usageExit };
  const known = error instanceof Failure || error instanceof Refusal;
  const lines = [known ? error.message : sentenceOf(error)];
  if (wantsStack() && error instanceof Error && error.stack) lines.push(error.stack);
  return { lines, code: failedExit };
}

function wantsStack(): boolean {
  try {
    return ["debug", "trace"].includes(parseSettings().LOG_LEVEL);
  } catch {
    return false;
  }
}

/** One sentence for what a library or the database threw. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const facts = error as Error & { code?: string; address?: string; port?: number; errors?: unknown[] };
  const first = error instanceof AggregateError ? error.errors[0] : null;
  if (first instanceof Error) return sentenceOf(first);
  const where = facts.address ? `${facts.address}${facts.port ? `:${facts.port}` : ""}` : "the server";
  switch (facts.code) {
    case "ECONNREFUSED":
      return `nothing listens on ${where}: is it running, and are DATABASE_URL, HOST and PORT right?`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host's name is not known: ${error.message}`;
    case "ECONNRESET":
    case "EPIPE":
      return `${where} closed the connection: ${error.message}`;
    case "ENOSPC":
      return `the disk is full: ${error.message}`;
  }
  const state = sqlState(error);
  if (state === "42P01") return "the database has no schema of ours yet: run switchboard migrate up";
  if (state === "28P01" || state === "28000") return `the database does not let us in: ${error.message}`;
  if (state === "3D000") return `there is no such database: ${error.message}`;
  return error.message.split("\n")[0] || error.name;
}
