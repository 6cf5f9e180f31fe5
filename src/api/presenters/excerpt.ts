/** A text and the places of the finds in it, in UTF-16 code units. */
export interface MarkedText {
  text: string;
  marks: [number, number][];
}

/** A text up to that long is shown whole. */
const wholeMax = 400;
/** What is shown before a find, and from its start on. */
const before = 60;
const behind = 140;
const excerptsMax = 2;
const between = " … ";

/** What is around the finds of a long text: two pieces at most, cut between words; its beginning where nothing is marked. */
export function excerptOf({ text, marks }: MarkedText): MarkedText {
  if (text.length <= wholeMax) return { text, marks };
  const excerpt: MarkedText = { text: "", marks: [] };
  let end = 0;
  for (let pieces = 0; pieces < excerptsMax; pieces++) {
    const from = end;
    const next = marks.find(([start]) => start >= from);
    if (!next && pieces > 0) break;
    const start = wordStart(text, Math.max(from, (next?.[0] ?? 0) - before));
    end = wordEnd(text, Math.max(next?.[1] ?? 0, (next?.[0] ?? 0) + behind));
    if (pieces > 0 && start > from) excerpt.text += between;
    const moved = excerpt.text.length - start;
    for (const [first, last] of marks) {
      if (first >= start && last <= end) excerpt.marks.push([first + moved, last + moved]);
    }
    excerpt.text += text.slice(start, end);
  }
  return excerpt;
}

/** The next beginning of a word near a place, the place itself where none is near. */
function wordStart(text: string, at: number): number {
  if (at === 0 || /\s/.test(text.charAt(at - 1))) return at;
  const space = text.slice(at, at + before).search(/\s/);
  return space === -1 ? betweenCharacters(text, at) : at + space + 1;
}

function wordEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const space = text.slice(at, at + before).search(/\s/);
  return space === -1 ? betweenCharacters(text, at) : at + space;
}

/** A place that does not part a surrogate pair. */
function betweenCharacters(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at - 1 : at;
}
