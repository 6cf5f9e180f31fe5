import { resolveWord } from "./resolve-word.js";

/**
 * The lexicon's pattern language. A pattern is slots between blanks, all in one sentence, in order:
 *   stolen           a word: compared by its stem, after the same normalising as the message
 *   card|phone       one of several words; no blanks inside
 *   @money           one of the words of the set `money`
 *   <amount>         a token that the tokeniser makes
 *   ~3               up to three tokens may stand between the slots left and right of it
 *   ^  $             the beginning or the end of a sentence (`^ ~2 how`: among the sentence's first three)
 *   ^^  $$           the beginning or the end of the whole text
 *   #question        nothing else: a feature of the whole text, counted by `text-features.ts`
 */
export interface Slot {
  stems: ReadonlySet<string>;
  /** How many tokens may stand between this slot and the one before it. */
  gap: number;
}

/** Where a pattern must begin or end: anywhere, at an edge of a sentence, at an edge of the text. */
export type Anchor = "none" | "sentence" | "text";

export interface Pattern {
  /** Name of a text feature, without #; then there are no slots. */
  feature: string | null;
  slots: readonly Slot[];
  atStart: Anchor;
  atEnd: Anchor;
  /** Gap allowed between the last slot and the end. */
  endGap: number;
  notBefore: ReadonlySet<string>;
  notAfter: ReadonlySet<string>;
}

interface Source {
  match: string;
  notBefore?: string;
  notAfter?: string;
}

/** The stems of `a|b|@set`; sets are one level deep or more. Throws on an unknown set and on a word of two stems. */
function stemsOf(expression: string, sets: Readonly<Record<string, string>>, depth = 0): Set<string> {
  const stems = new Set<string>();
  if (depth > 4) throw new Error(`sets refer to each other: ${expression}`);
  for (const word of expression.split(/[|\s]+/)) {
    if (word.startsWith("@")) {
      const set = sets[word.slice(1)];
      if (set === undefined) throw new Error(`unknown set ${word}`);
      for (const stem of stemsOf(set, sets, depth + 1)) stems.add(stem);
    } else if (word.startsWith("<")) {
      stems.add(word);
    } else {
      const resolved = resolveWord(word);
      const [stem] = resolved;
      if (resolved.length !== 1 || stem === undefined || stem === "") throw new Error(`"${word}" is not one word`);
      stems.add(stem);
    }
  }
  return stems;
}

const NONE: ReadonlySet<string> = new Set();

/** Compiles one entry's pattern. Throws with the reason when it cannot be read. */
export function compilePattern(source: Source, sets: Readonly<Record<string, string>>): Pattern {
  const slots: Slot[] = [];
  let atStart: Anchor = "none";
  let atEnd: Anchor = "none";
  let gap = 0;
  let feature: string | null = null;
  const parts = source.match.trim().split(/\s+/);
  for (const [index, part] of parts.entries()) {
    if (part.startsWith("#")) {
      if (parts.length !== 1) throw new Error("a feature stands alone");
      feature = part.slice(1);
    } else if (/^~[1-9]\d?$/.test(part)) {
      gap = Number(part.slice(1));
      if (gap > 12) throw new Error("a gap is at most 12");
    } else if ((part === "^" || part === "^^") && index === 0) {
      atStart = part === "^" ? "sentence" : "text";
    } else if ((part === "$" || part === "$$") && index === parts.length - 1) {
      atEnd = part === "$" ? "sentence" : "text";
    } else {
      slots.push({ stems: stemsOf(part, sets), gap });
      gap = 0;
    }
  }
  if (feature === null && slots.length === 0) throw new Error("an empty pattern");
  if (slots.length > 6) throw new Error("more than six slots");
  return {
    feature,
    slots,
    atStart,
    atEnd,
    endGap: gap,
    notBefore: source.notBefore === undefined ? NONE : stemsOf(source.notBefore, sets),
    notAfter: source.notAfter === undefined ? NONE : stemsOf(source.notAfter, sets),
  };
}
