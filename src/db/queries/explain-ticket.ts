import { sql } from "kysely";
import type { TicketStatus, UrgencyLevel } from "../../domain/ticket.js";
import type { Executor } from "../database.js";

/** A person by id and by the name that others are shown. */
export interface Named {
  id: number;
  name: string;
}

/** What is known of a ticket when somebody asks why it is where it is. */
export interface TicketFacts {
  id: number;
  conversationId: number;
  status: TicketStatus;
  queue: string;
  urgency: number | null;
  level: UrgencyLevel | null;
  levelFloor: UrgencyLevel | null;
  topic: string | null;
  dueAt: Date;
  firstUnansweredAt: Date | null;
  snoozedUntil: Date | null;
  assignee: Named | null;
  assignedAt: Date | null;
  preferred: Named | null;
  version: number;
  scoredAt: Date | null;
  routedAt: Date | null;
  closedAt: Date | null;
  soldAt: Date | null;
  createdAt: Date;
  customer: { id: number; userId: string; name: string; openTickets: number };
  /** The database's clock when it was read. */
  now: Date;
}

/** One change of owner or status, with the decision where one was stored. */
export interface HandOver {
  version: number;
  why: string;
  from: Named | null;
  to: Named | null;
  decision: Record<string, unknown> | null;
  requestId: string | null;
  at: Date;
}

/** An agent that serves a queue. */
export interface ServingAgent extends Named {
  availability: "online" | "away" | "offline";
  /** Online, and heard of lately: only such a one is pushed to. */
  alive: boolean;
  capacity: number;
  held: number;
  /** Without a list of queues. */
  servesAll: boolean;
  lastAssignedAt: Date | null;
}

/** A message in short. */
export interface MessageInShort {
  seq: number;
  kind: string;
  sender: Named | null;
  role: string | null;
  /** The first 500 characters. */
  text: string;
  at: Date;
}

/** A ticket's facts; null when there is none with this id. */
export async function readTicketFacts(db: Executor, id: number): Promise<TicketFacts | null> {
  const { rows } = await sql<TicketFacts>`
    SELECT t.id, t.conversation_id AS "conversationId", t.status, t.queue, t.urgency, t.urgency_level AS level,
           t.level_floor AS "levelFloor", t.topic, t.due_at AS "dueAt", t.first_unanswered_at AS "firstUnansweredAt",
           t.snoozed_until AS "snoozedUntil", t.assigned_at AS "assignedAt", t.version, t.scored_at AS "scoredAt",
           t.routed_at AS "routedAt", t.closed_at AS "closedAt", t.sold_at AS "soldAt", t.created_at AS "createdAt",
           CASE WHEN a.id IS NOT NULL THEN json_build_object('id', a.id, 'name', a.name) END AS assignee,
           CASE WHEN p.id IS NOT NULL THEN json_build_object('id', p.id, 'name', p.name) END AS preferred,
           json_build_object('id', c.id, 'userId', c.user_id, 'name', u.name, 'openTickets', c.open_tickets) AS customer,
           now() AS now
    FROM tickets t
    JOIN customers c ON c.id = t.customer_id
    JOIN users u ON u.id = c.id
    LEFT JOIN users a ON a.id = t.assignee_id
    LEFT JOIN users p ON p.id = t.preferred_agent_id
    WHERE t.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** All changes of owner and status of a ticket, the oldest first; the last 200. */
export async function readHandOvers(db: Executor, ticketId: number): Promise<HandOver[]> {
  const { rows } = await sql<HandOver>`
    SELECT h.version, h.why, h.decision, h.request_id AS "requestId", h.created_at AS at,
           CASE WHEN f.id IS NOT NULL THEN json_build_object('id', f.id, 'name', f.name) END AS "from",
           CASE WHEN o.id IS NOT NULL THEN json_build_object('id', o.id, 'name', o.name) END AS "to"
    FROM assignments h
    LEFT JOIN users f ON f.id = h.from_agent
    LEFT JOIN users o ON o.id = h.to_agent
    WHERE h.ticket_id = ${ticketId} ORDER BY h.version DESC LIMIT 200`.execute(db);
  return rows.reverse();
}

/** The last messages of a conversation, the oldest first. */
export async function readMessagesInShort(
  db: Executor,
  conversationId: number,
  limit: number,
): Promise<MessageInShort[]> {
  const { rows } = await sql<MessageInShort>`
    SELECT m.seq, m.kind, left(m.text, 500) AS text, m.created_at AS at, u.role,
           CASE WHEN u.id IS NOT NULL THEN json_build_object('id', u.id, 'name', u.name) END AS sender
    FROM messages m LEFT JOIN users u ON u.id = m.sender_id
    WHERE m.conversation_id = ${conversationId} ORDER BY m.seq DESC LIMIT ${limit}`.execute(db);
  return rows.reverse();
}

/** How many waiting tickets are before this one: of all, and of its own queue. Walks the queue's own indexes. */
export async function readPlaceInQueue(db: Executor, ticketId: number): Promise<{ before: number; inQueue: number }> {
  const { rows } = await sql<{ before: number; inQueue: number }>`
    SELECT (SELECT count(*)::int FROM tickets t
            WHERE t.status = 'unassigned' AND (t.due_at, t.id) < (me.due_at, me.id)) AS before,
           (SELECT count(*)::int FROM tickets t
            WHERE t.status = 'unassigned' AND t.queue = me.queue AND (t.due_at, t.id) < (me.due_at, me.id)) AS "inQueue"
    FROM tickets me WHERE me.id = ${ticketId}`.execute(db);
  return rows[0] ?? { before: 0, inQueue: 0 };
}

/** The agents that serve a queue, fewest open tickets first, then longest idle: the order of the push. At most 1,000. */
export async function readServingAgents(db: Executor, queue: string): Promise<ServingAgent[]> {
  const { rows } = await sql<ServingAgent>`
    SELECT a.id, u.name, a.availability, a.capacity, load.held, l.last_assigned_at AS "lastAssignedAt",
           a.availability = 'online' AND coalesce(l.online_until > now(), false) AS alive,
           NOT EXISTS (SELECT FROM agent_queues q WHERE q.agent_id = a.id) AS "servesAll"
    FROM agents a
    JOIN users u ON u.id = a.id
    LEFT JOIN agent_liveness l ON l.agent_id = a.id
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS held FROM tickets t
      WHERE t.assignee_id = a.id AND t.closed_at IS NULL AND t.snoozed_until IS NULL) load
    WHERE a.deleted_at IS NULL AND u.disabled_at IS NULL
      AND (NOT EXISTS (SELECT FROM agent_queues q WHERE q.agent_id = a.id)
           OR EXISTS (SELECT FROM agent_queues q WHERE q.agent_id = a.id AND q.queue = ${queue}))
    ORDER BY load.held, l.last_assigned_at NULLS FIRST, a.id LIMIT 1000`.execute(db);
  return rows;
}

/** Agents that hold another open ticket of this ticket's customer: their next fill takes this one first. */
export async function readAgentsOfCustomer(db: Executor, ticketId: number): Promise<Named[]> {
  const { rows } = await sql<Named>`
    SELECT DISTINCT u.id, u.name
    FROM tickets me
    JOIN tickets t ON t.customer_id = me.customer_id AND t.id <> me.id AND t.closed_at IS NULL
    JOIN users u ON u.id = t.assignee_id
    WHERE me.id = ${ticketId} ORDER BY u.id`.execute(db);
  return rows;
}
