import type { Lexicon, LexiconEntry } from "./lexicon.js";
import { type Anchor, compilePattern, type Pattern } from "./pattern.js";
import { findTextFeature } from "./text-features.js";
import type { Token, TokenisedText } from "./tokenise.js";

/** One entry found in a text: its index in the lexicon, and from the first to the last token that it needed. */
export interface Match {
  entry: number;
  start: number;
  end: number;
}

interface Rule {
  index: number;
  entry: LexiconEntry;
  pattern: Pattern;
  group: number;
  rank: number;
}

interface Compiled {
  byFirstStem: ReadonlyMap<string, readonly Rule[]>;
  features: readonly Rule[];
  rules: readonly Rule[];
}

const compiledLexicons = new WeakMap<Lexicon, Compiled>();

function compile(lexicon: Lexicon): Compiled {
  const known = compiledLexicons.get(lexicon);
  if (known !== undefined) return known;
  const groups = new Map<string, number>();
  const byFirstStem = new Map<string, Rule[]>();
  const features: Rule[] = [];
  const rules = lexicon.entries.map((entry, index): Rule => {
    const name = entry.group ?? `entry ${entry.id}`;
    const group = groups.get(name) ?? groups.size;
    groups.set(name, group);
    const rank = entry.rank ?? Math.abs(entry.prior);
    const rule = { index, entry, group, rank, pattern: compilePattern(entry, lexicon.sets) };
    if (rule.pattern.feature !== null) features.push(rule);
    for (const stem of rule.pattern.slots[0]?.stems ?? []) {
      const list = byFirstStem.get(stem);
      if (list === undefined) byFirstStem.set(stem, [rule]);
      else list.push(rule);
    }
    return rule;
  });
  const compiled = { byFirstStem, features, rules };
  compiledLexicons.set(lexicon, compiled);
  return compiled;
}

const BEFORE_TOKENS = 3;
const AFTER_TOKENS = 4;

/** Whether the token just outside the allowed gap lies over the edge that the anchor asks for. */
function isEdge(outside: Token | undefined, anchor: Anchor, sentence: number): boolean {
  return anchor === "none" || outside === undefined || (anchor === "sentence" && outside.sentence !== sentence);
}

/** The index of the last token of a match of the slots from `slot` on, or -1. Depth and gaps are bounded by the language. */
function lastToken(
  tokens: readonly Token[],
  pattern: Pattern,
  slot: number,
  previous: number,
  sentence: number,
): number {
  const wanted = pattern.slots[slot];
  if (wanted === undefined) {
    return isEdge(tokens[previous + pattern.endGap + 1], pattern.atEnd, sentence) ? previous : -1;
  }
  for (let at = previous + 1; at <= previous + 1 + wanted.gap; at += 1) {
    const token = tokens[at];
    if (token === undefined || token.sentence !== sentence) return -1;
    if (!wanted.stems.has(token.stem)) continue;
    const last = lastToken(tokens, pattern, slot + 1, at, sentence);
    if (last >= 0) return last;
  }
  return -1;
}

function forbidden(
  tokens: readonly Token[],
  words: ReadonlySet<string>,
  from: number,
  to: number,
  sentence: number,
): boolean {
  if (words.size === 0) return false;
  for (let at = Math.max(0, from); at < Math.min(to, tokens.length); at += 1) {
    const token = tokens[at];
    if (token !== undefined && token.sentence === sentence && words.has(token.stem)) return true;
  }
  return false;
}

/** The last token's index if the rule matches with its first slot at `at`, else -1. */
function matchAt(tokens: readonly Token[], rule: Rule, at: number, sentence: number): number {
  const { pattern } = rule;
  if (!isEdge(tokens[at - (pattern.slots[0]?.gap ?? 0) - 1], pattern.atStart, sentence)) return -1;
  const last = lastToken(tokens, pattern, 1, at, sentence);
  if (last < 0) return -1;
  if (forbidden(tokens, pattern.notBefore, at - BEFORE_TOKENS, at, sentence)) return -1;
  if (forbidden(tokens, pattern.notAfter, last + 1, last + 1 + AFTER_TOKENS, sentence)) return -1;
  return last;
}

/**
 * The entries that a text holds, each at its first place, of each group the one of the highest rank (the earlier line on
 * a tie), in the order of the text. It looks at ranks and priors, never at learned weights, so that training cannot change
 * what matches. Linear in the tokens: a token starts a bounded number of rules, each of bounded reach.
 */
export function findMatches(text: TokenisedText, lexicon: Lexicon): Match[] {
  const { byFirstStem, features, rules } = compile(lexicon);
  const { tokens } = text;
  const found: (Match | undefined)[] = new Array(rules.length);
  const best = new Map<number, Rule>();
  const keep = (rule: Rule, start: number, end: number) => {
    found[rule.index] = { entry: rule.index, start, end };
    const rival = best.get(rule.group);
    if (rival === undefined || rule.rank > rival.rank || (rule.rank === rival.rank && rule.index < rival.index)) {
      best.set(rule.group, rule);
    }
  };
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    for (const rule of byFirstStem.get(token.stem) ?? []) {
      if (found[rule.index] !== undefined) continue;
      const last = matchAt(tokens, rule, at, token.sentence);
      if (last >= 0) keep(rule, token.start, tokens[last]?.end ?? token.end);
    }
  }
  for (const rule of features) {
    const place = findTextFeature(rule.pattern.feature ?? "", text);
    if (place !== null) keep(rule, place.start, place.end);
  }
  const kept: Match[] = [];
  for (const rule of best.values()) {
    const match = found[rule.index];
    if (match !== undefined) kept.push(match);
  }
  return kept.sort((a, b) => a.start - b.start || a.end - b.end || a.entry - b.entry);
}
