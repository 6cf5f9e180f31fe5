import type { HandOver, MessageInShort, TicketFacts } from "../../src/db/queries/explain-ticket.js";
import type { ScannedTicket } from "../../src/db/queries/scan-tickets.js";
import { formatAge, formatTime } from "../format-time.js";
import { formatList, formatTable, plain, say } from "../output.js";

/** A ticket of a list as `--json` shows it. */
export function scannedJson(ticket: ScannedTicket): Record<string, unknown> {
  return {
    id: ticket.id,
    status: ticket.sold ? "sold" : ticket.status,
    queue: ticket.queue,
    urgency: ticket.urgency,
    level: ticket.level,
    assigned_to: ticket.agentId,
    customer: ticket.customer,
    body: ticket.body,
    due_at: ticket.dueAt,
    snoozed_until: ticket.snoozedUntil,
    created_at: ticket.createdAt,
  };
}

/** Tickets, a line each. */
export function sayTickets(tickets: readonly ScannedTicket[]): void {
  const now = Date.now();
  say(
    formatList(
      ["id", "status", "queue", "urgency", "with", "age", "customer", "first message"],
      tickets.map((ticket) => [
        String(ticket.id),
        ticket.sold ? "sold" : ticket.snoozedUntil ? "snoozed" : ticket.status,
        ticket.queue,
        ticket.urgency === null ? "-" : `${ticket.urgency} ${ticket.level}`,
        ticket.agentId === null ? "-" : ticket.agentName || `agent ${ticket.agentId}`,
        formatAge(now - ticket.createdAt.getTime()),
        ticket.customer,
        ticket.body,
      ]),
      [0],
    ),
  );
}

/** A ticket's facts as `--json` shows them. */
export function factsJson(facts: TicketFacts): Record<string, unknown> {
  return {
    id: facts.id,
    status: facts.soldAt ? "sold" : facts.status,
    queue: facts.queue,
    urgency: facts.urgency,
    level: facts.level,
    topic: facts.topic,
    due_at: facts.dueAt,
    first_unanswered_at: facts.firstUnansweredAt,
    snoozed_until: facts.snoozedUntil,
    assigned_to: facts.assignee?.id ?? null,
    assigned_at: facts.assignedAt,
    preferred_agent: facts.preferred?.id ?? null,
    version: facts.version,
    scored_at: facts.scoredAt,
    routed_at: facts.routedAt,
    closed_at: facts.closedAt,
    created_at: facts.createdAt,
    conversation_id: facts.conversationId,
    customer: { id: facts.customer.id, user_id: facts.customer.userId, name: facts.customer.name },
  };
}

/** A change of owner as `--json` shows it. */
export function handOverJson(handOver: HandOver): Record<string, unknown> {
  const { version, why, from, to, at, requestId, decision } = handOver;
  return { version, why, from: from?.id ?? null, to: to?.id ?? null, at, request_id: requestId, decision };
}

/** A message as `--json` shows it. */
export function messageJson({ seq, kind, sender, role, text, at }: MessageInShort): Record<string, unknown> {
  return { seq, kind, sender: sender?.id ?? null, role, text, at };
}

/** A ticket with its customer, its messages in short and its history. */
export function sayTicket(facts: TicketFacts, messages: readonly MessageInShort[], history: readonly HandOver[]): void {
  const { customer, assignee } = facts;
  const rows: [string, string][] = [
    [
      "status",
      facts.soldAt ? "sold" : facts.snoozedUntil ? `snoozed until ${formatTime(facts.snoozedUntil)}` : facts.status,
    ],
    ["queue", `${facts.queue}${facts.topic === null ? "" : `, topic ${facts.topic}`}`],
    ["urgency", facts.urgency === null ? "not scored yet" : `${facts.urgency} (${facts.level})`],
    ["due_at", formatTime(facts.dueAt)],
    ["with", assignee === null ? "-" : `${assignee.name} (${assignee.id}) since ${formatTime(facts.assignedAt)}`],
    ["customer", plain(`${customer.userId} ${customer.name} (${customer.openTickets} open)`)],
    ["conversation", String(facts.conversationId)],
    ["version", String(facts.version)],
    ["created", formatTime(facts.createdAt)],
    ["closed", formatTime(facts.closedAt)],
  ];
  say(formatTable([`ticket ${facts.id}`, ""], rows));
  say(`\nmessages, the last ${messages.length}`);
  say(
    formatList(
      ["", "when", "who", "kind", "text"],
      messages.map(({ seq, at, sender, role, kind, text }) => [
        String(seq),
        formatTime(at),
        sender === null ? "-" : sender.name || (role ?? ""),
        kind,
        text,
      ]),
    ),
  );
  if (history.length === 0) {
    say("\nno change of owner yet");
    return;
  }
  say("\nhistory");
  say(
    formatList(
      ["version", "when", "what", "from", "to", "request"],
      history.map(({ version, at, why, from, to, requestId }) => [
        String(version),
        formatTime(at),
        why,
        from?.name ?? "-",
        to?.name ?? "-",
        requestId ?? "-",
      ]),
      [0],
    ),
  );
}
