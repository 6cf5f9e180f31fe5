import type { HighlightView } from "../../contract/http/messages.js";
import { type FoundText, markEnd, markStart } from "../../db/queries/search-messages.js";
import { excerptOf, type MarkedText } from "./excerpt.js";

/** What `searchable` (0004_search) makes of one character, but for signs, which it replaces one for one. */
function folded(character: string): string {
  return character
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/gu, "")
    .normalize("NFC");
}

/**
 * The finds in a text, from the same text as it is searched with each find between `markStart` and `markEnd`. Character
 * for character the one stands for the other; where it should not, nothing is marked rather than something wrong.
 */
export function placeMarks(said: string, searched: string): MarkedText {
  const text = said.normalize("NFC");
  const starts: number[] = [];
  let at = 0;
  for (const character of text) {
    for (const _ of folded(character)) starts.push(at);
    at += character.length;
  }
  starts.push(text.length);
  const marks: [number, number][] = [];
  let count = 0;
  let open = 0;
  for (const character of searched) {
    if (character === markStart) open = count;
    else if (character === markEnd) marks.push([starts[open] ?? 0, starts[count] ?? 0]);
    else count++;
  }
  return { text, marks: count === starts.length - 1 ? marks : [] };
}

/** Where a name or an outside id holds the search, whatever the case; null when it does not. */
export function markName(name: string, search: string): MarkedText | null {
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
      ...excerptOf(placeMarks(found.text, found.searched)),
    })),
  ];
}
