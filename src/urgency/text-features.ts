import type { TokenisedText } from "./tokenise.js";

interface Found {
  start: number;
  end: number;
}

type Feature = (text: TokenisedText) => Found | null;

const whole = ({ tokens }: TokenisedText): Found => ({ start: tokens[0]?.start ?? 0, end: tokens.at(-1)?.end ?? 0 });

/** What is asked of the text as a whole. Each is counted once; its span is the run of marks, or the whole text. */
const FEATURES: Readonly<Record<string, Feature>> = {
  question: ({ questionMarks: m }) => (m.count > 0 ? { start: m.start, end: m.end } : null),
  questions: ({ questionMarks: m }) => (m.longestRun >= 2 ? { start: m.start, end: m.end } : null),
  exclamation: ({ exclamations: m }) => (m.count > 0 ? { start: m.start, end: m.end } : null),
  exclamations: ({ exclamations: m }) => (m.count >= 3 || m.longestRun >= 2 ? { start: m.start, end: m.end } : null),
  capitals: (text) => (text.letters >= 8 && text.capitals >= text.letters * 0.7 ? whole(text) : null),
  tiny: (text) => (text.tokens.length > 0 && text.tokens.length <= 2 ? whole(text) : null),
  short: (text) => (text.tokens.length >= 3 && text.tokens.length <= 5 ? whole(text) : null),
  long: (text) => (text.tokens.length >= 25 ? whole(text) : null),
  epic: (text) => (text.tokens.length >= 50 ? whole(text) : null),
};

export function isTextFeature(name: string): boolean {
  return Object.hasOwn(FEATURES, name);
}

/** Where a feature of the whole text is found, or null. */
export function findTextFeature(name: string, text: TokenisedText): Found | null {
  return FEATURES[name]?.(text) ?? null;
}
