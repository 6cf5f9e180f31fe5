import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** A customer as an erasure finds it, its row locked. */
export interface CustomerToErase {
  id: number;
  /** The outside id that stands in place of its own from now on. */
  alias: string;
  openTickets: number;
  totalTickets: number;
  /** It was erased before. */
  erased: boolean;
}

/** An erasure that has begun. */
export interface Erasure {
  customerId: number;
  alias: string;
  doneThrough: number;
  /** Where the log stood when nothing of the customer was left; null: something may be left. */
  scrubbedSeq: number | null;
  finished: boolean;
}

/**
 * Locks a customer's row, which intakes of that customer lock too: those that were first are committed, those that come
 * after look for its outside id again, do not find it, and make a new customer. Null when there is none.
 */
export async function lockCustomerToErase(tx: Tx, customerId: number): Promise<CustomerToErase | null> {
  const { rows } = await sql<CustomerToErase>`
    SELECT id, open_tickets AS "openTickets", total_tickets AS "totalTickets", erased_at IS NOT NULL AS erased,
           CASE WHEN erased_at IS NULL THEN 'erased:' || gen_random_uuid() ELSE user_id END AS alias
    FROM customers WHERE id = ${customerId} FOR NO KEY UPDATE`.execute(tx);
  return rows[0] ?? null;
}

/**
 * Takes the profile away: nobody is known by the outside id, the address or a token of this customer any more. The alias is
 * one that nobody can guess, so that no message is ever taken for one of this customer.
 */
export async function eraseProfile(tx: Tx, { id, alias }: CustomerToErase, requestId: string | null): Promise<void> {
  await sql`
    DELETE FROM email_bounces b USING customers c WHERE c.id = ${id} AND b.address = lower(c.email)`.execute(tx);
  await sql`
    UPDATE customers SET user_id = ${alias}, email = NULL, phone = NULL, attributes = '{}', erased_at = now(),
                         updated_at = now()
    WHERE id = ${id}`.execute(tx);
  await sql`
    UPDATE users SET name = '', email = NULL, password_hash = NULL, token_version = token_version + 1,
                     external_issuer = NULL, external_subject = NULL, updated_at = now(),
                     disabled_at = coalesce(disabled_at, now()), deleted_at = coalesce(deleted_at, now())
    WHERE id = ${id}`.execute(tx);
  await sql`DELETE FROM refresh_tokens WHERE user_id = ${id}`.execute(tx);
  await sql`DELETE FROM attachments WHERE uploader_id = ${id} AND message_id IS NULL`.execute(tx);
  await sql`INSERT INTO erasures (customer_id, request_id) VALUES (${id}, ${requestId})`.execute(tx);
}

/** How far the erasure of a customer is; null when none was begun. */
export async function readErasure(db: Executor, customerId: number): Promise<Erasure | null> {
  const { rows } = await sql<Erasure>`
    SELECT e.customer_id AS "customerId", c.user_id AS alias, e.done_through AS "doneThrough",
           e.scrubbed_seq AS "scrubbedSeq", e.finished_at IS NOT NULL AS finished
    FROM erasures e JOIN customers c ON c.id = e.customer_id WHERE e.customer_id = ${customerId}`.execute(db);
  return rows[0] ?? null;
}

/** Erasures that nobody has worked on for `idleMs` and that are not finished, at most `limit`. */
export async function findUnfinishedErasures(db: Executor, idleMs: number, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT customer_id AS id FROM erasures
    WHERE finished_at IS NULL AND touched_at <= now() - ${idleMs} * interval '1 millisecond'
    ORDER BY touched_at LIMIT ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** A conversation in which the customer said something, or takes or took part. */
export interface ConversationToErase {
  id: number;
  /** Messages in it. */
  said: number;
  /** All of it is about this customer; else only what the customer said goes. */
  whole: boolean;
  /** The customer opened it: its title may be the customer's words. */
  own: boolean;
}

/** A customer's conversations above an id, in order of ids. Once the profile is gone no others are added. */
export async function readConversationsToErase(
  db: Executor,
  customerId: number,
  afterId: number,
): Promise<ConversationToErase[]> {
  const { rows } = await sql<ConversationToErase>`
    WITH theirs AS MATERIALIZED (
      SELECT conversation_id AS id, bool_or(has_ticket) AS has_ticket FROM (
        SELECT conversation_id, true AS has_ticket FROM tickets WHERE customer_id = ${customerId}
        UNION ALL SELECT conversation_id, false FROM participants WHERE user_id = ${customerId}
        UNION ALL SELECT conversation_id, false FROM messages WHERE sender_id = ${customerId}
      ) found WHERE conversation_id > ${afterId} GROUP BY conversation_id
    )
    SELECT c.id, c.last_seq AS said, c.kind <> 'direct' AND (c.created_by = ${customerId} OR has_ticket) AS whole,
           c.created_by IS NOT DISTINCT FROM ${customerId}::bigint AS own
    FROM theirs JOIN conversations c ON c.id = theirs.id
    ORDER BY c.id`.execute(db);
  return rows;
}

/** An open ticket that was closed, with what is announced of it. */
export interface ClosedTicket {
  id: number;
  conversationId: number;
  assigneeId: number | null;
  assigneeName: string | null;
  version: number;
  queue: string;
}

/**
 * Locks the conversations, then the customer's tickets in them, both ascending (DESIGN.md 7); whoever would write into
 * one waits here and then finds the mark. Agents are not locked: to close a ticket takes nothing of any capacity. Closes
 * what is open, with its history. Returns the tickets that it closed, in order.
 */
export async function closeTicketsToErase(
  tx: Tx,
  customerId: number,
  conversationIds: readonly number[],
  requestId: string | null,
): Promise<ClosedTicket[]> {
  await sql`
    SELECT id FROM conversations WHERE id = ANY(${[...conversationIds]}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  await sql`
    SELECT id FROM tickets WHERE conversation_id = ANY(${[...conversationIds]}::bigint[]) AND customer_id = ${customerId}
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  const { rows } = await sql<ClosedTicket>`
    WITH shut AS (
      UPDATE tickets SET status = 'closed', closed_at = now(), snoozed_until = NULL, first_unanswered_at = NULL,
                         follow_ups = 0, preferred_agent_id = NULL, version = version + 1, updated_at = now()
      WHERE conversation_id = ANY(${[...conversationIds]}::bigint[]) AND customer_id = ${customerId} AND status <> 'closed'
      RETURNING id, conversation_id, assignee_id, version, queue
    ), remembered AS (
      INSERT INTO assignments (ticket_id, from_agent, why, version, request_id)
      SELECT id, assignee_id, 'erased', version, ${requestId}::text FROM shut
    )
    SELECT shut.id, conversation_id AS "conversationId", assignee_id AS "assigneeId", u.name AS "assigneeName", version,
           queue
    FROM shut LEFT JOIN users u ON u.id = assignee_id ORDER BY shut.id`.execute(tx);
  return rows;
}

/** Messages of a conversation that one statement writes: it must stay far below the time that a statement has. */
const messagesOfStatement = 5000;

/**
 * Takes the words out of conversations that the caller has locked: a tombstone stays of each message, which no search
 * finds. `edited_at` is set, so that a score whose text was read before is not stored (`insertScores`). What was not
 * delivered yet is not delivered any more. Files: a tombstone takes its message's file along (migration 0011).
 */
export async function eraseConversations(
  tx: Tx,
  customerId: number,
  conversations: readonly ConversationToErase[],
): Promise<void> {
  const longest = Math.max(0, ...conversations.map(({ said }) => said));
  for (let from = 1; from <= longest; from += messagesOfStatement) {
    await eraseMessages(tx, customerId, conversations, { from, to: from + messagesOfStatement - 1 });
  }
  const whole = conversations.filter((conversation) => conversation.whole).map((conversation) => conversation.id);
  await sql`
    UPDATE conversations SET title = '', erased_at = coalesce(erased_at, now())
    WHERE id = ANY(${whole}::bigint[])`.execute(tx);
  const untitled = conversations.filter(({ own, whole: all }) => own && !all).map(({ id }) => id);
  await sql`UPDATE conversations SET title = '' WHERE id = ANY(${untitled}::bigint[]) AND title <> ''`.execute(tx);
  // What a receiver answered may repeat what it was told.
  await sql`
    UPDATE delivery_attempts a SET request = NULL, answer = NULL, error = NULL FROM deliveries d
    WHERE d.conversation_id = ANY(${conversations.map((conversation) => conversation.id)}::bigint[])
      AND a.delivery_id = d.id AND coalesce(a.request::text, a.answer::text, a.error) IS NOT NULL`.execute(tx);
  // Nobody is shown it any more, so nothing of it is unread.
  await sql`
    UPDATE participants SET unread_count = 0
    WHERE conversation_id = ANY(${whole}::bigint[]) AND unread_count > 0`.execute(tx);
  await eraseMatters(
    tx,
    customerId,
    conversations.map((conversation) => conversation.id),
    whole,
  );
}

/** What a customer wrote of disputes, payments and jobs; of its own conversations, what others did. Sums and times stay. */
async function eraseMatters(tx: Tx, customerId: number, all: number[], whole: number[]): Promise<void> {
  const theirs = sql`conversation_id = ANY(${all}::bigint[])
    AND (conversation_id = ANY(${whole}::bigint[]) OR created_by = ${customerId})`;
  await sql`
    UPDATE disputes SET subject = '', description = '', updated_at = now()
    WHERE ${theirs} AND (subject <> '' OR description <> '')`.execute(tx);
  for (const matters of [sql`disputes`, sql`payments`]) {
    await sql`
      UPDATE ${matters} SET note = '', updated_at = now()
      WHERE conversation_id = ANY(${all}::bigint[]) AND note <> ''
        AND (conversation_id = ANY(${whole}::bigint[]) OR changed_by = ${customerId})`.execute(tx);
  }
  await sql`UPDATE payments SET description = '', updated_at = now() WHERE ${theirs} AND description <> ''`.execute(tx);
  await sql`UPDATE job_updates SET note = '' WHERE ${theirs} AND note <> ''`.execute(tx);
}

async function eraseMessages(
  tx: Tx,
  customerId: number,
  conversations: readonly ConversationToErase[],
  { from, to }: { from: number; to: number },
): Promise<void> {
  const long = conversations.filter(({ said }) => said >= from);
  const whole = long.filter((conversation) => conversation.whole).map(({ id }) => id);
  const theirs = sql`m.conversation_id = ANY(${long.map(({ id }) => id)}::bigint[]) AND m.seq BETWEEN ${from} AND ${to}
    AND (m.conversation_id = ANY(${whole}::bigint[]) OR m.sender_id = ${customerId})`;
  await sql`
    UPDATE messages m SET text = '', metadata = NULL, client_id = NULL, edited_at = clock_timestamp(),
                          deleted_at = coalesce(deleted_at, now())
    WHERE ${theirs}
      AND (text <> '' OR metadata IS NOT NULL OR client_id IS NOT NULL OR deleted_at IS NULL)`.execute(tx);
  await sql`
    UPDATE urgency_scores s SET terms = '[]' FROM messages m
    WHERE ${theirs} AND s.message_id = m.id AND s.terms <> '[]'`.execute(tx);
  await sql`
    UPDATE urgency_labels l SET reason = '' FROM messages m
    WHERE ${theirs} AND l.message_id = m.id AND l.reason <> ''`.execute(tx);
  await sql`
    UPDATE deliveries d SET last_error = NULL, status = CASE d.status WHEN 'pending' THEN 'failed' ELSE d.status END
    FROM messages m
    WHERE ${theirs} AND d.message_id = m.id AND (d.last_error IS NOT NULL OR d.status = 'pending')`.execute(tx);
}

/** Notes how far an erasure is; never sets it back, whoever else is at it. */
export async function noteErased(tx: Executor, customerId: number, doneThrough: number): Promise<void> {
  await sql`
    UPDATE erasures SET done_through = greatest(done_through, ${doneThrough}), touched_at = now()
    WHERE customer_id = ${customerId}`.execute(tx);
}

/** Notes that nothing of the customer is left, and where the log stood then. */
export async function noteScrubbed(db: Executor, customerId: number): Promise<void> {
  await sql`
    UPDATE erasures SET scrubbed_seq = coalesce(scrubbed_seq, (SELECT last_seq FROM sequencer)), touched_at = now()
    WHERE customer_id = ${customerId}`.execute(db);
}

/** Whether all that the log had when the customer was gone from it is published: no copy is under way any more. */
export async function isPublished(db: Executor, seq: number): Promise<boolean> {
  const { rows } = await sql<{ is: boolean }>`SELECT published_seq >= ${seq} AS "is" FROM sequencer`.execute(db);
  return rows[0]?.is ?? false;
}

/** Ends an erasure: nothing of the customer is in memory or on its way any more. */
export async function noteFinished(db: Executor, customerId: number): Promise<void> {
  await sql`
    UPDATE erasures SET finished_at = coalesce(finished_at, now()), touched_at = now()
    WHERE customer_id = ${customerId}`.execute(db);
}
