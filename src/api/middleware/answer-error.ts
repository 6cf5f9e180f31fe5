import { isUnavailable } from "../../db/transaction.js";
import { Refusal } from "../../domain/errors.js";
import type { ApiContext } from "../environment.js";
import { respondProblem } from "../respond.js";

/**
 * The answer to whatever was thrown: a refusal says its code, a database that is away 503, and anything else 500 with
 * nothing of what it was: that stands in the log.
 */
export function answerError(error: unknown, c: ApiContext): Response {
  if (error instanceof Refusal) {
    if (error.cause !== undefined) c.set("failure", error.cause);
    const close = error.code === "too_large" ? { connection: "close" } : {};
    return respondProblem(c, error.code, error.message, error.facts, close);
  }
  c.set("failure", error);
  if (isUnavailable(error)) {
    return respondProblem(c, "unavailable", "A part of the desk cannot be reached now, try again.");
  }
  return respondProblem(c, "internal_error", "Something went wrong here; the request id leads to it in the log.");
}
