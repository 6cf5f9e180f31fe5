import type { CannedView } from "../../contract/http/canned.js";

/** A canned reply; its text is shown as `body` too (seed 000). */
export function presentCanned(row: Omit<CannedView, "body">): CannedView {
  const { id, title, text, shortcut, uses } = row;
  return { id, title, text, body: text, shortcut, uses };
}
