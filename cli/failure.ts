/** What was asked for makes no sense: one sentence, exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** It was tried and did not work: one sentence that says what to do, exit 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}
