import type { ChatMessage, UrgencyView } from "../../contract/events.js";

type Term = UrgencyView["terms"][number];

/** The message that an urgency was read from, and its terms that stand in it. */
export interface ScoredMessage {
  id: number;
  terms: readonly Term[];
}

/**
 * Which of a customer's messages an urgency was read from: a later one may have raised or lowered it, and the answer does not
 * say which it was. It is the one in which most of the terms stand where they are said to; of equals the newest. null: in none.
 */
export function scoredMessage(messages: readonly ChatMessage[], terms: readonly Term[]): ScoredMessage | null {
  let best: ScoredMessage | null = null;
  for (const { id, text, sender } of messages) {
    if (sender?.role !== "customer") continue;
    const standing = terms.filter(({ term, start, end }) => term !== "" && text.slice(start, end) === term);
    if (standing.length > 0 && standing.length >= (best?.terms.length ?? 0)) best = { id, terms: standing };
  }
  return best;
}
