import type { ChatMessage } from "../../contract/events.js";

/** Things said in a row by one person, shown under one name; or one line of the system. */
export interface BubbleGroup {
  key: number;
  kind: "system" | "customer" | "agent" | "bot" | "note";
  /** Starts another day than what was before it. */
  startsDay: boolean;
  messages: ChatMessage[];
}

/** What is said again within that time stands under the same name, ms. */
const togetherMs = 5 * 60_000;

/** Groups what was said, in order. */
export function groupBubbles(messages: readonly ChatMessage[]): BubbleGroup[] {
  const groups: BubbleGroup[] = [];
  let before: ChatMessage | undefined;
  for (const message of messages) {
    const kind = kindOf(message);
    const group = groups.at(-1);
    const startsDay = !before || dayOf(before.sent_at) !== dayOf(message.sent_at);
    const isTogether =
      group !== undefined &&
      before !== undefined &&
      !startsDay &&
      kind !== "system" &&
      group.kind === kind &&
      before.sender?.id === message.sender?.id &&
      Date.parse(message.sent_at) - Date.parse(before.sent_at) < togetherMs;
    if (isTogether) group.messages.push(message);
    else groups.push({ key: message.id, kind, startsDay, messages: [message] });
    before = message;
  }
  return groups;
}

function kindOf({ type, sender }: ChatMessage): BubbleGroup["kind"] {
  if (type === "note" || type === "bot") return type;
  if (type !== "text" || sender === null) return "system";
  return sender.role === "customer" ? "customer" : "agent";
}

function dayOf(time: string): number {
  return new Date(time).setHours(0, 0, 0, 0);
}
