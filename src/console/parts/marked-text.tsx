import type { ReactNode } from "react";

/** A part of a text that is marked, by UTF-16 offsets. */
export interface Mark {
  start: number;
  end: number;
  /** What is said of it to who points at it. */
  title?: string;
  kind?: string;
}

/** A text with its marks. Of those that overlap the one that is named first is shown; one that lies outside is not. */
export function MarkedText({ text, marks }: { text: string; marks: readonly Mark[] }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { start, end, title, kind } of apart(marks, text.length)) {
    parts.push(text.slice(at, start));
    parts.push(
      <mark key={start} className={kind ?? ""} {...(title ? { title } : {})}>
        {text.slice(start, end)}
      </mark>,
    );
    at = end;
  }
  parts.push(text.slice(at));
  return <div className="prose plain">{parts}</div>;
}

function apart(marks: readonly Mark[], length: number): Mark[] {
  const kept: Mark[] = [];
  for (const mark of marks) {
    if (mark.start < 0 || mark.end <= mark.start || mark.end > length) continue;
    if (!kept.some(({ start, end }) => mark.start < end && start < mark.end)) kept.push(mark);
  }
  return kept.sort((a, b) => a.start - b.start);
}
