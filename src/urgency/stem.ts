import PorterStemmer from "natural/lib/natural/stemmers/porter_stemmer.js";

/** Longer words are nobody's vocabulary; the stemmer's regular expressions are quadratic on them. */
const MAX_WORD_UNITS = 32;
const MAX_CACHED_WORDS = 50_000;

const cache = new Map<string, string>();

/**
 * British endings as the American ones, so that both spellings share a stem: recognise, authorised, cancelled. All forms of
 * a word are rewritten alike ("advise", "advised"), so nothing is kept apart by it.
 */
function americanise(word: string): string {
  return word.replace(/is(e[dsr]?|ing|ations?)$/, "iz$1").replace(/^(cancel|travel|label|dial)l/, "$1");
}

/**
 * The Porter stem of one lower-case word (natural's stemmer by deep import: its root starts database clients).
 * Memoised; the cache is emptied when it is full, so its memory is bounded whatever is written.
 */
export function stem(word: string): string {
  if (word.length > MAX_WORD_UNITS) return word;
  const known = cache.get(word);
  if (known !== undefined) return known;
  const stemmed = PorterStemmer.stem(americanise(word));
  if (cache.size >= MAX_CACHED_WORDS) cache.clear();
  cache.set(word, stemmed);
  return stemmed;
}
