import { expect, it } from "vitest";
import type { CaseSession } from "../../../../src/console/chat/case-session.js";
import { Conversation } from "../../../../src/console/desk/conversation.js";
import { unreadIn } from "../../../../src/console/widget/unread.js";
import type { ChatMessage } from "../../../../src/contract/events.js";

const said = (seq: number, role: string | null, type: ChatMessage["type"] = "text") =>
  ({
    id: seq,
    seq,
    type,
    sender: role === null ? null : { id: 1, name: "A", role },
    sent_at: `2026-01-01T00:00:0${seq}.000Z`,
    read_by: [],
    status: "sent",
  }) as unknown as ChatMessage;

function unread(readUpTo: number, lastReadAt: string | null): number {
  const conversation = new Conversation(1);
  conversation.load([
    said(1, "customer"),
    said(2, null, "bot"),
    said(3, "agent"),
    said(4, null, "system"),
    said(5, "agent"),
  ]);
  const view = {
    participants: [{ user_id: 1, role: "customer", last_read_at: lastReadAt }],
  } as unknown as CaseSession["view"];
  return unreadIn({ conversation, readUpTo, view });
}

it("counts what others said after what was read here; before that, after the desk's last mark", () => {
  expect([unread(2, null), unread(5, null)]).toEqual([2, 0]);
  expect([unread(0, null), unread(0, "2026-01-01T00:00:03.000Z"), unread(0, "2026-01-01T00:01:00.000Z")]).toEqual([
    3, 1, 0,
  ]);
});
