import { levelOf, type UrgencyLevel } from "./level.js";
import { type Lexicon, shippedLexicon } from "./lexicon.js";
import { findMatches, type Match } from "./match.js";
import { scoreOfRaw } from "./quantiles.js";
import { tokenise } from "./tokenise.js";
import { TOPICS, type Topic } from "./topics.js";

/** One reason: the customer's words from `start` to `end` (UTF-16 units of the text), the lexicon's entry, what it adds. */
export interface UrgencyTerm {
  term: string;
  /** The id of the lexicon's entry. */
  stem: string;
  weight: number;
  start: number;
  end: number;
}

export interface UrgencyScore {
  /** 0 to 100, whole. */
  score: number;
  level: UrgencyLevel;
  topic: Topic;
  /** The sum of the terms' weights, exactly. */
  raw: number;
  terms: UrgencyTerm[];
  model: string;
}

/** A term's text is shown beside the message; a span of a whole long text is cut. */
const MAX_TERM_UNITS = 80;

function topicOfMatches(matches: readonly Match[], lexicon: Lexicon): Topic {
  const votes = new Map<Topic, number>();
  for (const match of matches) {
    const entry = lexicon.entries[match.entry];
    const vote = entry?.vote ?? (entry?.topic === "other" ? 0 : 1);
    if (entry !== undefined && vote > 0) {
      votes.set(entry.topic, (votes.get(entry.topic) ?? 0) + vote);
    }
  }
  let best: Topic = "other";
  let most = 0;
  for (const topic of TOPICS) {
    const count = votes.get(topic) ?? 0;
    if (count > most) {
      best = topic;
      most = count;
    }
  }
  return best;
}

/**
 * How urgent one message is, and why. Any string gets a score, the same one each time; nothing is thrown. The weights
 * are multiples of 1/64, so `raw` is their exact sum in whatever order they are added.
 */
export function scoreText(text: string, lexicon: Lexicon = shippedLexicon()): UrgencyScore {
  const matches = findMatches(tokenise(text), lexicon);
  const terms: UrgencyTerm[] = [];
  let raw = 0;
  for (const match of matches) {
    const entry = lexicon.entries[match.entry];
    if (entry === undefined || entry.weight === 0) continue;
    raw += entry.weight;
    const { start, end } = match;
    terms.push({
      term: text.slice(start, Math.min(end, start + MAX_TERM_UNITS)),
      stem: entry.id,
      weight: entry.weight,
      start,
      end,
    });
  }
  const score = scoreOfRaw(raw, lexicon.quantiles);
  return { score, level: levelOf(score), topic: topicOfMatches(matches, lexicon), raw, terms, model: lexicon.model };
}
