import type { ImportBatch, ImportRow } from "../src/commands/import-messages.js";

const openings = ["", "", "Hello, ", "Hi team, ", "Good morning. ", "Please help. ", "Habari, ", "Dear support, "];
const closings = ["", "", " Thanks", " Kindly assist.", " Please reply.", " Regards", " Waiting for you", " Asante"];
const firstSentAt = Date.UTC(2026, 0, 5, 6);
const secondMs = 1000;

/** A number that looks random and is the same for the same index (xorshift of a multiplied index). */
function scatter(index: number): number {
  let x = Math.imul(index + 1, 0x9e3779b1);
  x ^= x >>> 15;
  x = Math.imul(x, 0x85ebca6b);
  return (x ^ (x >>> 13)) >>> 0;
}

const pick = <T>(list: readonly T[], number: number, fallback: T): T => list[number % list.length] ?? fallback;

/** The `index`th generated message: a demo text with another greeting, end and reference; always the same for an index. */
export function generatedMessage(texts: readonly string[], index: number): ImportRow {
  const number = scatter(index);
  const reference = number % 3 === 0 ? ` Ref ${100_000 + (number % 899_999)}` : "";
  const text = pick(texts, number, "Where is my money?");
  return {
    userId: `G${String(number % 100_000).padStart(5, "0")}`,
    sentAt: new Date(firstSentAt + index * 20 * secondMs),
    body: `${pick(openings, number >>> 8, "")}${text}${pick(closings, number >>> 16, "")}${reference}`,
  };
}

/** `count` generated messages as an import reads them. */
export async function* generatedBatches(
  texts: readonly string[],
  count: number,
  batchRows = 500,
): AsyncGenerator<ImportBatch> {
  for (let from = 0; from < count; from += batchRows) {
    const size = Math.min(batchRows, count - from);
    const rows = Array.from({ length: size }, (_, offset) => generatedMessage(texts, from + offset));
    yield { rows, records: from + size, rejected: 0 };
  }
}
