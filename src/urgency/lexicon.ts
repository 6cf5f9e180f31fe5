import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseLexicon } from "./parse-lexicon.js";
import type { Topic } from "./topics.js";

/** One line of the lexicon: what is looked for, what it adds, and what it speaks of. The pattern language: `pattern.ts`. */
export interface LexiconEntry {
  id: string;
  match: string;
  /** Of the entries of one group that match, only the one of the highest rank counts. */
  group?: string;
  /** The size of the prior if absent. Higher for a narrow rule that stands for its group ("no longer lost"). */
  rank?: number;
  /** Not if one of these words stands in the three tokens before the match (in its sentence). */
  notBefore?: string;
  /** Not if one of these words stands in the four tokens after it. */
  notAfter?: string;
  topic: Topic;
  /** How much a match speaks for the topic; if absent 1, for the topic `other` 0. */
  vote?: number;
  /** The weight as its author wrote it, in rubric labels (0 to 3). Training stays between a third of it and twice it. */
  prior: number;
  /** The weight in use: learned, or the prior. A multiple of 1/64, so that parts add up exactly in any order. */
  weight: number;
}

export interface Training {
  /** How many labelled messages, and the SHA-256 over their sorted hashes and labels. */
  messages: number;
  digest: string;
  lambda: number;
  /** First 12 hex digits of the SHA-256 of each normalised body: evaluation scores these out of fold. */
  bodies: string[];
}

export interface Lexicon {
  version: number;
  /** Version and a hash of the weights: stored with every score. */
  model: string;
  sets: Record<string, string>;
  entries: LexiconEntry[];
  /** Rising [raw, score] knots; between them the score is interpolated. */
  quantiles: [raw: number, score: number][];
  trained: Training | null;
}

function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("urgency: no package.json above the running code");
    folder = parent;
  }
  return folder;
}

/** Where the shipped lexicon is, from the sources and from the build. */
export const shippedLexiconPath = (): string => join(packageFolder(), "data", "urgency-lexicon.json");

let shipped: Lexicon | undefined;

/** The shipped lexicon, read once per process. Throws when it is missing or not a lexicon. */
export function shippedLexicon(): Lexicon {
  shipped ??= readLexicon(shippedLexiconPath());
  return shipped;
}

/** Reads a lexicon file. Throws with the entry's id and the reason when something in it is wrong. */
export function readLexicon(path: string): Lexicon {
  return parseLexicon(readFileSync(path, "utf8"));
}
