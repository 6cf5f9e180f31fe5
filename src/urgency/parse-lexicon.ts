import type { Lexicon, LexiconEntry, Training } from "./lexicon.js";
import { compilePattern } from "./pattern.js";
import { TOPICS, type Topic } from "./topics.js";
import { onGrid } from "./weight-grid.js";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fail(where: string, why: string): never {
  throw new Error(`lexicon: ${where}: ${why}`);
}

function finite(value: unknown, where: string): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fail(where, "is not a number");
}

function text(value: unknown, where: string): string {
  return typeof value === "string" && value !== "" ? value : fail(where, "is not a text");
}

function topicOf(value: unknown, where: string): Topic {
  return TOPICS.find((topic) => topic === value) ?? fail(where, `is none of ${TOPICS.join(", ")}`);
}

function parseEntry(value: unknown, sets: Record<string, string>): LexiconEntry {
  if (!isRecord(value)) fail("entries", "an entry is not an object");
  const id = text(value.id, "an entry's id");
  const prior = finite(value.prior, `${id}.prior`);
  const entry: LexiconEntry = {
    id,
    match: text(value.match, `${id}.match`),
    topic: topicOf(value.topic ?? "other", `${id}.topic`),
    prior,
    weight: onGrid(value.weight === undefined ? prior : finite(value.weight, `${id}.weight`)),
  };
  if (value.group !== undefined) entry.group = text(value.group, `${id}.group`);
  if (value.notBefore !== undefined) entry.notBefore = text(value.notBefore, `${id}.notBefore`);
  if (value.notAfter !== undefined) entry.notAfter = text(value.notAfter, `${id}.notAfter`);
  if (value.rank !== undefined) entry.rank = finite(value.rank, `${id}.rank`);
  if (value.vote !== undefined) entry.vote = finite(value.vote, `${id}.vote`);
  try {
    compilePattern(entry, sets);
  } catch (error) {
    fail(id, error instanceof Error ? error.message : String(error));
  }
  return entry;
}

function parseTraining(value: unknown): Training | null {
  if (value === null || value === undefined) return null;
  if (!isRecord(value) || !Array.isArray(value.bodies)) fail("trained", "is not an object with bodies");
  return {
    messages: finite(value.messages, "trained.messages"),
    digest: text(value.digest, "trained.digest"),
    lambda: finite(value.lambda, "trained.lambda"),
    bodies: value.bodies.map((hash) => text(hash, "trained.bodies")),
  };
}

function parseQuantiles(value: unknown): [number, number][] {
  if (!Array.isArray(value) || value.length < 2) fail("quantiles", "needs two knots or more");
  const knots = value.map((knot: unknown): [number, number] => {
    if (!Array.isArray(knot) || knot.length !== 2) fail("quantiles", "a knot is not [raw, score]");
    return [finite(knot[0], "quantiles raw"), finite(knot[1], "quantiles score")];
  });
  knots.forEach(([raw, score], index) => {
    const before = knots[index - 1];
    if (before !== undefined && (raw <= before[0] || score < before[1])) fail("quantiles", "does not rise");
    if (score < 0 || score > 100) fail("quantiles", "a score is outside 0 to 100");
  });
  return knots;
}

/** A lexicon from its JSON text; every field checked, every pattern compiled. Throws with the place and the reason. */
export function parseLexicon(json: string): Lexicon {
  const value: unknown = JSON.parse(json);
  if (!isRecord(value) || !Array.isArray(value.entries) || !isRecord(value.sets)) {
    fail("file", "is not an object with sets and entries");
  }
  const sets = Object.fromEntries(
    Object.entries(value.sets).map(([name, words]) => [name, text(words, `sets.${name}`)]),
  );
  const entries = value.entries.map((entry: unknown) => parseEntry(entry, sets));
  const ids = new Set<string>();
  for (const { id } of entries) {
    if (ids.has(id)) fail(id, "occurs twice");
    ids.add(id);
  }
  return {
    version: finite(value.version, "version"),
    model: text(value.model, "model"),
    sets,
    entries,
    quantiles: parseQuantiles(value.quantiles),
    trained: parseTraining(value.trained),
  };
}
