import { sql } from "kysely";
import type { TicketStatus, UrgencyLevel } from "../../domain/ticket.js";
import type { Tx } from "../database.js";

/** A score that is to be kept for a message. */
export interface ScoreToStore {
  messageId: number;
  model: string;
  score: number;
  level: UrgencyLevel;
  topic: string;
  raw: number;
  terms: unknown[];
  /** As it was when the text was read (`readMessagesToScore`). */
  editedAt: string | null;
}

/** A locked ticket as scoring and routing see it. */
export interface TicketToUpdate {
  id: number;
  conversationId: number;
  status: TicketStatus;
  assigneeId: number | null;
  version: number;
  urgency: number | null;
  levelFloor: UrgencyLevel | null;
  topic: string | null;
  queue: string;
  routedAt: Date | null;
  scoredAt: Date | null;
  dueAt: Date;
  firstUnansweredAt: Date | null;
  customerSeq: number;
}

/** Locks tickets in id order, so that two batches never wait for each other in a circle. */
export async function lockTickets(tx: Tx, ids: readonly number[]): Promise<TicketToUpdate[]> {
  const { rows } = await sql<TicketToUpdate>`
    /* lock-tickets */
    SELECT id, conversation_id AS "conversationId", status, assignee_id AS "assigneeId", version, urgency,
           level_floor AS "levelFloor", topic, queue,
           routed_at AS "routedAt", scored_at AS "scoredAt", due_at AS "dueAt",
           first_unanswered_at AS "firstUnansweredAt", customer_seq AS "customerSeq"
    FROM tickets WHERE id = ANY(${ids}::bigint[]) ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  return rows;
}

/**
 * Keeps scores; unique on (message, model): a score that is there already is not in the result, and then changes nothing
 * and announces nothing. Neither does one whose text was edited or removed since it was read: who edits asks for another.
 * The caller holds the tickets, as do those who edit. Returns the new rows' ids by message.
 *
 * The messages are looked up one by one (OFFSET 0 keeps the lookup apart): joined, a plan that was made while the desk was
 * young read the whole table for every batch (measured: 80 times in 10 s).
 */
export async function insertScores(tx: Tx, scores: readonly ScoreToStore[]): Promise<Map<number, number>> {
  const { rows } = await sql<{ id: number; messageId: number }>`
    /* insert-scores */
    INSERT INTO urgency_scores (message_id, model, score, level, topic, raw, terms)
    SELECT v.message_id, v.model, v.score, v.level, v.topic, v.raw, v.terms FROM unnest(
      ${scores.map((s) => s.messageId)}::bigint[], ${scores.map((s) => s.model)}::text[],
      ${scores.map((s) => s.score)}::smallint[], ${scores.map((s) => s.level)}::text[],
      ${scores.map((s) => s.topic)}::text[], ${scores.map((s) => s.raw)}::float8[],
      ${scores.map((s) => JSON.stringify(s.terms))}::jsonb[], ${scores.map((s) => s.editedAt)}::timestamptz[]
    ) AS v(message_id, model, score, level, topic, raw, terms, edited_at)
    CROSS JOIN LATERAL (SELECT m.conversation_id, m.seq FROM messages m WHERE m.id = v.message_id OFFSET 0) m
    WHERE v.edited_at IS NOT DISTINCT FROM
          (SELECT max(e.edited_at) FROM messages e WHERE e.conversation_id = m.conversation_id AND e.seq <= m.seq)
    ON CONFLICT (message_id, model) DO NOTHING
    RETURNING id, message_id AS "messageId"`.execute(tx);
  return new Map(rows.map((row) => [row.messageId, row.id]));
}

/** What scoring sets on a ticket. */
export interface TicketScore {
  ticketId: number;
  scoreId: number;
  urgency: number;
  level: UrgencyLevel;
  topic: string;
  dueAt: Date;
  /** The customer's latest message was scored: nothing is left to score. */
  complete: boolean;
  /** The queue that it is routed to by this score; null: it stays where it is. */
  routeTo: string | null;
}

/**
 * Sets the scores of locked tickets in one statement, and routes those that wait in the same one: a ticket has so many
 * indexes that a second change of its row costs as much as the first.
 */
export async function updateTicketScores(tx: Tx, scores: readonly TicketScore[]): Promise<void> {
  await sql`
    /* update-scores */
    UPDATE tickets t SET urgency = v.urgency, urgency_level = v.level, topic = v.topic, urgency_score_id = v.score_id,
           due_at = v.due_at, scored_at = CASE WHEN v.complete THEN now() ELSE t.scored_at END, updated_at = now(),
           queue = coalesce(v.route_to, t.queue),
           routed_at = CASE WHEN v.route_to IS NULL THEN t.routed_at ELSE now() END
    FROM unnest(
      ${scores.map((s) => s.ticketId)}::bigint[], ${scores.map((s) => s.scoreId)}::bigint[],
      ${scores.map((s) => s.urgency)}::smallint[], ${scores.map((s) => s.level)}::text[],
      ${scores.map((s) => s.topic)}::text[], ${scores.map((s) => s.dueAt.toISOString())}::timestamptz[],
      ${scores.map((s) => s.complete)}::boolean[], ${scores.map((s) => s.routeTo)}::text[]
    ) AS v(id, score_id, urgency, level, topic, due_at, complete, route_to)
    WHERE t.id = v.id`.execute(tx);
}
