/** Thrown when a promise that the programmer made is broken. Never caught to go on: it is a bug. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Asserts what the programmer promised. Throws InvariantError with `message` when `condition` does not hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
