/** Largest text of a batch, in characters; a frame that is larger goes alone. */
const batchChars = 64 * 1024;

/**
 * Frames that follow each other, as few texts: `{"type":"batch","frames":[…]}` (CONTRACT.md 5) of up to 64 Ki characters
 * each. One alone goes as it is.
 */
export function batchesOf(texts: readonly string[]): string[] {
  const batches: string[] = [];
  let start = 0;
  let chars = 0;
  for (let next = 0; next <= texts.length; next++) {
    const length = texts[next]?.length ?? 0;
    if (next < texts.length && (next === start || chars + length <= batchChars)) {
      chars += length;
      continue;
    }
    if (next > start) batches.push(batchOf(texts.slice(start, next)));
    start = next;
    chars = length;
  }
  return batches;
}

function batchOf(texts: readonly string[]): string {
  const [only] = texts;
  return texts.length === 1 && only !== undefined ? only : `{"type":"batch","frames":[${texts.join(",")}]}`;
}
