import type { ChatMessage, UrgencyView } from "../../contract/events.js";

type Term = UrgencyView["terms"][number];

/** Terms by the message in which they stand, at their places in it. */
export type ScoredWords = ReadonlyMap<number, readonly Term[]>;

/** Bursts of more messages than that are looked for from later messages on. */
const messagesMax = 30;

/**
 * Where the words stand that an urgency was read from: it may be read from one message or from a burst of them, each on a
 * line of its own, and the answer does not say where that began. It began where most of the terms stand in what follows; of
 * equals with the newest.
 */
export function scoredWords(messages: readonly ChatMessage[], terms: readonly Term[]): ScoredWords {
  const said = messages.filter(({ sender }) => sender?.role === "customer").slice(-messagesMax);
  let best: ScoredWords = new Map();
  for (let first = 0; first < said.length; first++) {
    const found = wordsFrom(said.slice(first), terms);
    if (countOf(found) > 0 && countOf(found) >= countOf(best)) best = found;
  }
  return best;
}

function wordsFrom(burst: readonly ChatMessage[], terms: readonly Term[]): ScoredWords {
  const found = new Map<number, Term[]>();
  let before = 0;
  for (const { id, text } of burst) {
    const standing = terms
      .map((term) => ({ ...term, start: term.start - before, end: term.end - before }))
      .filter(({ term, start, end }) => term !== "" && start >= 0 && text.slice(start, end) === term);
    if (standing.length > 0) found.set(id, standing);
    before += text.length + 1;
  }
  return found;
}

function countOf(words: ScoredWords): number {
  return [...words.values()].reduce((sum, { length }) => sum + length, 0);
}
