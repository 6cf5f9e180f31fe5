import { expect, test } from "vitest";
import { groupBubbles } from "../../../src/console/desk/bubble-groups.js";
import { Conversation } from "../../../src/console/desk/conversation.js";
import { fillCanned } from "../../../src/console/desk/fill-canned.js";
import { Watchers } from "../../../src/console/desk/watchers.js";
import type { ChatMessage } from "../../../src/contract/events.js";
import { view } from "./rows.js";

const customer = { id: 20, name: "Cleo", role: "customer" };
const agent = { id: 1, name: "Agent 1", role: "agent" };

function said(seq: number, change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    ...{ id: 100 + seq, conversation_id: 1, sender: customer, seq, type: "text", text: `text ${seq}`, metadata: null },
    ...{ attachment: null, status: "sent", is_read: false, read_by: [], client_id: null, edited_at: null },
    ...{ deleted_at: null, sent_at: new Date(Date.parse("2026-01-01T10:00:00Z") + seq * 60_000).toISOString() },
    ...change,
  };
}
const frame = (type: string, fields: Record<string, unknown>) => ({ type, ...fields });

test("an answer and the frames around it come to the same, in whatever order, twice or once", () => {
  const conversation = new Conversation(1);
  conversation.apply(frame("message:new", { message: said(3) }));
  conversation.load([said(1), said(2)]);
  conversation.apply(frame("message:new", { message: said(3) }));
  conversation.apply(frame("message:edited", { message: said(2, { text: "new", edited_at: "2026-01-02" }) }));
  // An answer that is older than the edit does not undo it.
  conversation.load([said(1), said(2), said(3)]);
  expect(conversation.messages.map(({ text }) => text)).toEqual(["text 1", "new", "text 3"]);
});

test("read: what others said up to there, and it stays read", () => {
  const conversation = new Conversation(1);
  conversation.load([said(1, { sender: agent }), said(2), said(3, { sender: agent })]);
  conversation.apply(frame("read", { user_id: 20, up_to: 2 }));
  conversation.load([said(1, { sender: agent }), said(2), said(3, { sender: agent })]);
  expect(conversation.messages.map(({ status }) => status)).toEqual(["read", "sent", "sent"]);
});

test("a ticket's standing only moves on; typing ends by itself and with what was typed", () => {
  let now = 0;
  const conversation = new Conversation(1, () => now);
  const ticket = (version: number, status: string) => frame("ticket", { version, status, assigned_to: null });
  conversation.apply(ticket(3, "closed"));
  conversation.apply(ticket(2, "in_progress"));
  expect(conversation.ticket).toMatchObject({ version: 3, status: "closed" });
  conversation.apply(frame("typing", { user_id: 20, name: "Cleo", is_typing: true }));
  conversation.apply(frame("typing", { user_id: 1, name: "me", is_typing: true }));
  expect(conversation.typing).toEqual(["Cleo"]);
  now = 6000;
  expect(conversation.typing).toEqual([]);
  conversation.apply(frame("typing", { user_id: 20, name: "Cleo", is_typing: true }));
  conversation.apply(frame("message:new", { message: said(1) }));
  expect(conversation.typing).toEqual([]);
});

test("bubbles: one group for what one person says in a row; notes, systems, pauses and days apart", () => {
  const groups = groupBubbles([
    said(1),
    said(2),
    said(3, { sender: agent }),
    said(4, { sender: agent, type: "note" }),
    said(5, { sender: null, type: "system" }),
    said(20),
    said(2000),
  ]);
  expect(groups.map(({ kind, messages }) => `${kind} ${messages.length}`)).toEqual([
    ...["customer 2", "agent 1", "note 1", "system 1", "customer 1", "customer 1"],
  ]);
  expect(groups.map(({ startsDay }) => startsDay).filter(Boolean)).toHaveLength(2);
});

test("who looks at a ticket and does not say so again is gone; I am not shown to myself", () => {
  let now = 0;
  const watchers = new Watchers(1, () => now);
  const presence = (agentId: number, state: string) =>
    frame("ticket_presence", { message_id: 5, agent_id: agentId, name: `Agent ${agentId}`, state });
  watchers.apply(presence(1, "viewing"));
  watchers.apply(presence(2, "typing"));
  watchers.apply(presence(3, "viewing"));
  expect(watchers.of(5)).toMatchObject([
    { agentId: 2, isTyping: true },
    { agentId: 3, isTyping: false },
  ]);
  watchers.apply(presence(3, "gone"));
  now = 10_000;
  expect(watchers.of(5)).toEqual([{ agentId: 2, name: "Agent 2", isTyping: false }]);
  now = 60_000;
  expect(watchers.of(5)).toEqual([]);
});

test("a canned text is filled in as the desk does, and what is unknown is seen", () => {
  const text = "Hello {{customer.name}}, {{ agent.name }} here: {{order}}, message {{message.id}}. ";
  expect(fillCanned(text, view(12), { id: 1, name: "Agent 1" })).toBe(
    "Hello U12, Agent 1 here: {{order}}, message 12.",
  );
});
