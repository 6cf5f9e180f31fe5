import type { Lexicon } from "./lexicon.js";

/** A lexicon as the text of its file: one set and one entry a line, so that two versions can be compared by eye. */
export function formatLexicon(lexicon: Lexicon): string {
  const sets = Object.entries(lexicon.sets).map(
    ([name, words]) => `    ${JSON.stringify(name)}: ${JSON.stringify(words)}`,
  );
  const entries = lexicon.entries.map((entry) => `    ${JSON.stringify(entry)}`);
  const quantiles = lexicon.quantiles.map((knot) => `    ${JSON.stringify(knot)}`);
  return [
    "{",
    `  "version": ${lexicon.version},`,
    `  "model": ${JSON.stringify(lexicon.model)},`,
    `  "sets": {\n${sets.join(",\n")}\n  },`,
    `  "entries": [\n${entries.join(",\n")}\n  ],`,
    `  "quantiles": [\n${quantiles.join(",\n")}\n  ],`,
    `  "trained": ${JSON.stringify(lexicon.trained)}`,
    "}",
    "",
  ].join("\n");
}
