import { createHash } from "node:crypto";
import { calibrate } from "./calibrate.js";
import { bodyHash, FOLDS, foldOf, type Labelled } from "./labelled.js";
import type { Lexicon } from "./lexicon.js";
import { findMatches } from "./match.js";
import { pairwiseAccuracy } from "./metrics.js";
import { type Design, fitRidge } from "./ridge.js";
import { tokenise } from "./tokenise.js";
import { onGrid } from "./weight-grid.js";

/** Strengths of the prior that are tried; large ones first, so that a tie leaves the lexicon as its author wrote it. */
const LAMBDAS = [64, 32, 16, 8, 4, 2];
/** Fewer labelled messages teach nothing. */
export const MIN_MESSAGES = 20;
/** A weaker prior must rank this much better to be taken. */
const WORTH = 0.002;

interface Example {
  hash: string;
  entries: number[];
  urgency: number;
}

const designOf = (examples: readonly Example[], priors: readonly number[]): Design => ({
  rows: examples.map((example) => example.entries),
  labels: examples.map((example) => example.urgency),
  priors,
});

const rawOf = (example: Example, weights: readonly number[]): number =>
  example.entries.reduce((sum, entry) => sum + (weights[entry] ?? 0), 0);

/** Ranking accuracy of held-out messages, the mean over folds: sums of different fits are not compared with each other. */
function crossValidate(examples: readonly Example[], priors: readonly number[], lambda: number, level: 0 | 1): number {
  let total = 0;
  let folds = 0;
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const held = examples.filter((example) => foldOf(example.hash, level) === fold);
    const { weights } = fitRidge(
      designOf(
        examples.filter((example) => !held.includes(example)),
        priors,
      ),
      lambda,
    );
    const accuracy = pairwiseAccuracy(
      held.map((example) => ({ urgency: example.urgency, score: rawOf(example, weights), raw: 0 })),
    );
    if (Number.isNaN(accuracy)) continue;
    total += accuracy;
    folds += 1;
  }
  return folds === 0 ? 0 : total / folds;
}

function chooseLambda(examples: readonly Example[], priors: readonly number[], level: 0 | 1): number {
  let best = LAMBDAS[0] ?? 1;
  let accuracy = -1;
  for (const lambda of LAMBDAS) {
    const found = crossValidate(examples, priors, lambda, level);
    if (found > accuracy + WORTH) {
      best = lambda;
      accuracy = found;
    }
  }
  return best;
}

/** The message's digest of what a lexicon does: a change of any weight, knot or pattern gives another model. */
function modelName(lexicon: Omit<Lexicon, "model" | "trained">): string {
  const content = JSON.stringify([lexicon.sets, lexicon.entries, lexicon.quantiles]);
  return `lexicon-${lexicon.version}-${createHash("sha256").update(content).digest("hex").slice(0, 8)}`;
}

/**
 * Learns weights and quantile table from labelled messages: ridge centred on the lexicon's priors. Starts from the priors,
 * never from earlier weights, sorts by hash, and draws nothing at random: the same messages give the same lexicon, in
 * whatever order. Folds inside use other digits of the hash when `level` is 1. Throws on fewer than 20 messages.
 */
export function train(lexicon: Lexicon, messages: readonly Labelled[], level: 0 | 1 = 0): Lexicon {
  if (messages.length < MIN_MESSAGES) {
    throw new Error(`training needs at least ${MIN_MESSAGES} labelled messages, not ${messages.length}`);
  }
  const examples = messages
    .map(
      (message): Example => ({
        hash: bodyHash(message.body),
        entries: findMatches(tokenise(message.body), lexicon).map((match) => match.entry),
        urgency: message.urgency,
      }),
    )
    .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.urgency - b.urgency));
  const priors = lexicon.entries.map((entry) => entry.prior);
  const lambda = chooseLambda(examples, priors, level);
  const fitted = fitRidge(designOf(examples, priors), lambda).weights.map(onGrid);
  const entries = lexicon.entries.map((entry, index) => ({ ...entry, weight: fitted[index] ?? 0 }));
  const quantiles = calibrate(examples.map((example) => ({ raw: rawOf(example, fitted), urgency: example.urgency })));
  const digest = createHash("sha256");
  for (const example of examples) digest.update(`${example.hash} ${example.urgency}\n`);
  const learned = { version: lexicon.version, sets: lexicon.sets, entries, quantiles };
  return {
    ...learned,
    model: modelName(learned),
    trained: {
      messages: examples.length,
      digest: digest.digest("hex"),
      lambda,
      bodies: [...new Set(examples.map((example) => example.hash))],
    },
  };
}
