import { bodyHash, foldOf, type Labelled } from "./labelled.js";
import { scoreFloorOf } from "./level.js";
import type { Lexicon } from "./lexicon.js";
import { criticalRecallTop20, macroF1Urgent, pairwiseAccuracy, precisionTop20, spearman } from "./metrics.js";
import { scoreText, type UrgencyScore } from "./score.js";
import { MIN_MESSAGES, train } from "./train.js";

export interface EvaluatedMessage {
  message: Labelled;
  result: UrgencyScore;
  /** True when the lexicon had been trained on this body, so that another one, trained without it, scored it. */
  outOfFold: boolean;
}

export interface Evaluation {
  n: number;
  pairwise: number;
  spearman: number;
  macroF1Urgent: number;
  precisionTop20: number;
  criticalRecallTop20: number;
  /** Share of right topics among the messages that have one; NaN if none has. */
  topicAccuracy: number;
  outOfFold: number;
  model: string;
  messages: EvaluatedMessage[];
}

/**
 * How well a lexicon ranks labelled messages. Those that it was trained on are scored by lexicons trained on the other
 * folds of them (lambda and quantile table included), so that nobody is measured on what it learned; the others by itself.
 */
export function evaluate(lexicon: Lexicon, messages: readonly Labelled[]): Evaluation {
  const seen = new Set(lexicon.trained?.bodies);
  const known = messages.filter((message) => seen.has(bodyHash(message.body)));
  const foldLexicons = new Map<number, Lexicon>();
  const lexiconFor = (hash: string): Lexicon => {
    const fold = foldOf(hash);
    const ready = foldLexicons.get(fold);
    if (ready !== undefined) return ready;
    const others = known.filter((message) => foldOf(bodyHash(message.body)) !== fold);
    const fitted = others.length >= MIN_MESSAGES ? train(lexicon, others, 1) : lexicon;
    foldLexicons.set(fold, fitted);
    return fitted;
  };
  const scored = messages.map((message): EvaluatedMessage => {
    const hash = bodyHash(message.body);
    const used = seen.has(hash) ? lexiconFor(hash) : lexicon;
    return { message, result: scoreText(message.body, used), outOfFold: used !== lexicon };
  });
  const rows = scored.map(({ message, result }) => ({
    urgency: message.urgency,
    score: result.score,
    raw: result.raw,
  }));
  const withTopic = scored.filter(({ message }) => message.topic !== undefined && message.topic !== "");
  return {
    n: rows.length,
    pairwise: pairwiseAccuracy(rows),
    spearman: spearman(rows),
    macroF1Urgent: macroF1Urgent(rows, scoreFloorOf("high")),
    precisionTop20: precisionTop20(rows),
    criticalRecallTop20: criticalRecallTop20(rows),
    topicAccuracy: withTopic.filter(({ message, result }) => message.topic === result.topic).length / withTopic.length,
    outOfFold: scored.filter((message) => message.outOfFold).length,
    model: lexicon.model,
    messages: scored,
  };
}

const LABEL_CENTRES = [12, 37, 62, 87];

/** The messages whose score lies furthest from the middle of their label's band, worst first. */
export function worstErrors(evaluation: Evaluation, count: number): EvaluatedMessage[] {
  const distance = ({ message, result }: EvaluatedMessage) =>
    Math.abs(result.score - (LABEL_CENTRES[Math.round(message.urgency)] ?? 50));
  return [...evaluation.messages].sort((a, b) => distance(b) - distance(a)).slice(0, count);
}
