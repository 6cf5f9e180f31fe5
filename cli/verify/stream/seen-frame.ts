import { frameHash } from "./frame-hash.js";

/** A frame as it came over some wire. */
export class SeenFrame {
  readonly fields: Readonly<Record<string, unknown>>;
  #hash: number | null = null;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.fields = fields;
  }

  /** What it says, as a number. */
  get hash(): number {
    this.#hash ??= frameHash(this.fields);
    return this.#hash;
  }
}

const keptMax = 5000;
const kept = new Map<string, SeenFrame[]>();

/** The frames in a text (those of a batch one by one). Hundreds of clients get the same texts: they are read once. */
export function seenFrames(text: string): readonly SeenFrame[] {
  const known = kept.get(text);
  if (known) return known;
  const frames = parsed(text);
  if (kept.size >= keptMax) kept.clear();
  kept.set(text, frames);
  return frames;
}

function parsed(text: string): SeenFrame[] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return [];
    const frame = value as Record<string, unknown>;
    const inside =
      frame.type === "batch" && Array.isArray(frame.frames) ? (frame.frames as Record<string, unknown>[]) : [frame];
    return inside.map((fields) => new SeenFrame(fields));
  } catch {
    return [];
  }
}
