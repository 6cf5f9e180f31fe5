import { tokenise } from "./tokenise.js";

interface Candidate {
  id: number;
  title: string;
  text: string;
}

/** Stems that say nothing about what a text is about. */
const COMMON = new Set(
  "i you he she it we they my your our the a an and or but to of in on at for with from by be do have will can not this that if as so what which who when where why how".split(
    " ",
  ),
);
/** A title names what the reply is for, so its words count more than the text's. */
const TITLE_WEIGHT = 2;

function countStems(text: string, weight: number, into: Map<string, number>): Map<string, number> {
  for (const { stem } of tokenise(text.replace(/\{\{[^{}]{0,64}\}\}/g, " ")).tokens) {
    if (!COMMON.has(stem)) into.set(stem, (into.get(stem) ?? 0) + weight);
  }
  return into;
}

/**
 * The `n` candidates whose words are most like the text's, best first, equal ones by id: cosine of tf-idf over stems of
 * whole words, 0 (no word in common) to 1. The same input gives the same answer.
 */
export function suggest(text: string, candidates: readonly Candidate[], n = 3): { id: number; score: number }[] {
  const counts = candidates.map((candidate) =>
    countStems(candidate.text, 1, countStems(candidate.title, TITLE_WEIGHT, new Map())),
  );
  const holders = new Map<string, number>();
  for (const stems of counts) for (const stem of stems.keys()) holders.set(stem, (holders.get(stem) ?? 0) + 1);
  const weigh = (stems: ReadonlyMap<string, number>): Map<string, number> =>
    new Map(
      [...stems].map(([stem, count]) => {
        const rarity = Math.log(1 + candidates.length / (holders.get(stem) ?? 0.5));
        return [stem, (1 + Math.log(count)) * rarity];
      }),
    );
  const length = (vector: ReadonlyMap<string, number>) => {
    let squares = 0;
    for (const weight of vector.values()) squares += weight * weight;
    return Math.sqrt(squares);
  };
  const asked = weigh(countStems(text, 1, new Map()));
  const askedLength = length(asked);
  return candidates
    .map((candidate, index) => {
      const vector = weigh(counts[index] ?? new Map());
      let product = 0;
      for (const [stem, weight] of vector) product += weight * (asked.get(stem) ?? 0);
      const cosine = product === 0 ? 0 : product / (askedLength * length(vector));
      return { id: candidate.id, score: Math.min(1, Math.round(cosine * 10_000) / 10_000) };
    })
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, Math.max(0, n));
}
