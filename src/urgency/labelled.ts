import { createHash } from "node:crypto";

/** A labelled message: the rubric's 0 to 3, and its topic if somebody named one. */
export interface Labelled {
  body: string;
  urgency: number;
  topic?: string;
}

/** First 12 hex digits of the SHA-256 of the body in lower case with single blanks: who has seen which message. */
export function bodyHash(body: string): string {
  const normalised = body.toLowerCase().replace(/\s+/g, " ").trim();
  return createHash("sha256").update(normalised).digest("hex").slice(0, 12);
}

export const FOLDS = 5;

/**
 * The fold of a body, by its hash: the same whatever else is in the file, and equal bodies are never torn apart. `level`
 * takes other digits of the hash, for the folds inside a fold.
 */
export function foldOf(hash: string, level: 0 | 1 = 0): number {
  return Number.parseInt(hash.slice(level * 6, level * 6 + 6), 16) % FOLDS;
}
