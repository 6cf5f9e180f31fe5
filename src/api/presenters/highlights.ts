import type { HighlightView } from "../../contract/http/messages.js";
import { type FoundText, greaterThan, lessThan, markEnd, markStart } from "../../db/queries/search-messages.js";

/** A marked text as plain text and the places of its marks, in UTF-16 code units. */
export function unmark(marked: string): Pick<HighlightView, "text" | "marks"> {
  const marks: [number, number][] = [];
  let text = "";
  let open = 0;
  for (const piece of marked.split(new RegExp(`(${markStart}|${markEnd})`))) {
    if (piece === markStart) open = text.length;
    else if (piece === markEnd) marks.push([open, text.length]);
    else text += piece.replaceAll(lessThan, "<").replaceAll(greaterThan, ">");
  }
  return { text, marks };
}

/** Where a name or an outside id holds the search, whatever the case; null when it does not. */
export function markName(name: string, search: string): Pick<HighlightView, "text" | "marks"> | null {
  const wanted = search.trim().replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  if (wanted === "") return null;
  const found = new RegExp(wanted, "iu").exec(name);
  return found ? { text: name, marks: [[found.index, found.index + found[0].length]] } : null;
}

/** The highlights of one message: its customer's name or id, then the texts of its conversation. */
export function presentHighlights(
  customer: { name: string; userId: string },
  texts: readonly FoundText[],
  search: string,
): HighlightView[] {
  const named = [customer.name, customer.userId].flatMap((name) => markName(name, search) ?? []);
  return [
    ...named.map((found) => ({ field: "customer" as const, ...found })),
    ...texts.map((found) => ({
      field: found.bySender === "customer" ? ("body" as const) : ("reply" as const),
      ...unmark(found.marked),
    })),
  ];
}
