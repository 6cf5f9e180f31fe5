import { SPELLING } from "./spelling.js";
import { stem } from "./stem.js";
import { SWAHILI } from "./swahili.js";

/** Longer runs of letters are no words (or a script without spaces): one token, not looked up and not stemmed. */
const MAX_WORD_UNITS = 40;
const MAX_CACHED_WORDS = 50_000;
const UNKNOWN: readonly string[] = ["<long>"];

const cache = new Map<string, readonly string[]>();

/** Lower case, compatibility forms (full width, mathematical letters) as plain ones, accents and odd apostrophes gone. */
function plain(word: string): string {
  const lower = word.toLowerCase();
  if (/^[a-z']*$/.test(lower)) return lower;
  return lower
    .normalize("NFKD")
    .replace(/[\u2018\u2019\u02bc\u0060\u00b4\uff07]/g, "'")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
}

function lookUp(word: string): readonly string[] | undefined {
  return SPELLING.get(word) ?? SWAHILI.get(word);
}

function meaning(word: string): readonly string[] {
  const known = lookUp(word);
  if (known !== undefined) return known;
  if (/(.)\1\1/u.test(word)) {
    const squeezed = word.replace(/(.)\1{2,}/gu, "$1");
    return lookUp(squeezed) ?? [squeezed];
  }
  const bare = word.replace(/'s$|'$/, "");
  if (bare !== word) return lookUp(bare) ?? [bare];
  return [word];
}

/** The stems that one written word stands for: mostly one; "don't" gives two, do and not. Never empty, never throws. */
export function resolveWord(written: string): readonly string[] {
  if (written.length > MAX_WORD_UNITS) return UNKNOWN;
  const known = cache.get(written);
  if (known !== undefined) return known;
  const stems = meaning(plain(written)).map((part) => {
    const further = SPELLING.get(part);
    return stem(further?.length === 1 ? (further[0] ?? part) : part);
  });
  if (cache.size >= MAX_CACHED_WORDS) cache.clear();
  cache.set(written, stems);
  return stems;
}
