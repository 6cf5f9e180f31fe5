import type { CaseSession } from "../chat/case-session.js";

/**
 * How many things others said since the reader was last here: those after what this page has shown; before it has shown
 * any, as many as the desk counted when the conversation was fetched, and what came since.
 */
export function unreadIn({
  conversation,
  readUpTo,
  view,
}: Pick<CaseSession, "conversation" | "readUpTo" | "view">): number {
  const others = conversation.messages.filter(
    ({ sender, type, seq }) => sender?.role !== "customer" && type !== "system" && seq > readUpTo,
  );
  if (readUpTo > 0 || !view) return others.length;
  return others.filter(({ sent_at }) => sent_at > readAt(view)).length;
}

/** When the customer last read here, by the desk's clock; before all times where it never did. */
function readAt({ participants }: NonNullable<CaseSession["view"]>): string {
  return participants.find(({ role }) => role === "customer")?.last_read_at ?? "";
}
