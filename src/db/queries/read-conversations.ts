import { type RawBuilder, sql } from "kysely";
import type { Sight } from "../../domain/visibility.js";
import type { Executor } from "../database.js";
import { inSight } from "./in-sight.js";

/** A conversation as its participants see it. */
export interface ConversationRow {
  id: number;
  title: string;
  kind: "support" | "direct" | "bot";
  createdBy: number | null;
  jobId: number | null;
  participants: { user_id: number; name: string; role: string; joined_at: string; last_read_at: string | null }[];
  lastMessageAt: Date | null;
  isArchived: boolean;
  unread: number;
  ticketId: number | null;
  ticketStatus: "unassigned" | "in_progress" | "closed" | null;
  createdAt: Date;
  /** What the list goes by, in full. */
  place: string;
}

/** Who lists: conversations it takes part in, and for staff the support cases in its sight. */
export interface ConversationReader {
  userId: number;
  isStaff: boolean;
  sight: Sight;
}

const iso = (time: RawBuilder<unknown>) => sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const exact = sql`to_char(coalesce(c.last_message_at, c.created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Who takes part in the conversation `c`, as a list of objects. */
const participants = sql`
  coalesce((SELECT jsonb_agg(jsonb_build_object(
      'user_id', p.user_id, 'name', u.name, 'role', u.role, 'joined_at', ${iso(sql`p.joined_at`)},
      'last_read_at', ${iso(sql`p.last_read_at`)}) ORDER BY p.joined_at, p.user_id)
    FROM participants p JOIN users u ON u.id = p.user_id WHERE p.conversation_id = c.id), '[]')`;

/** Columns of the conversation `c` as that reader sees it. Those whose row only keeps staff's read marks take no part. */
const columns = (userId: number) => sql`
  c.id, c.title, c.kind, c.created_by AS "createdBy", c.job_id AS "jobId", ${participants} AS participants,
  c.last_message_at AS "lastMessageAt", c.is_archived AS "isArchived",
  coalesce((SELECT p.unread_count FROM participants p WHERE p.conversation_id = c.id AND p.user_id = ${userId}), 0) AS unread,
  t.id AS "ticketId", t.status AS "ticketStatus", c.created_at AS "createdAt", ${exact} AS place`;

const latestTicket = sql`
  LEFT JOIN LATERAL (SELECT id, status FROM tickets WHERE conversation_id = c.id
                     ORDER BY (status <> 'closed') DESC, id DESC LIMIT 1) t ON true`;

/** One conversation as the user sees it. Whether it may is asked before (`conversationAccess`). */
export async function readConversationRow(db: Executor, id: number, userId: number): Promise<ConversationRow | null> {
  const { rows } = await sql<ConversationRow>`
    SELECT ${columns(userId)} FROM conversations c ${latestTicket}
    WHERE c.id = ${id} AND c.deleted_at IS NULL AND c.erased_at IS NULL`.execute(db);
  return rows[0] ?? null;
}

/** What of a conversation is told live when it changes: its title, its archive, and who takes part. */
export async function readConversationFace(
  db: Executor,
  id: number,
): Promise<Pick<ConversationRow, "title" | "isArchived" | "participants"> | null> {
  const { rows } = await sql<Pick<ConversationRow, "title" | "isArchived" | "participants">>`
    SELECT c.title, c.is_archived AS "isArchived", ${participants} AS participants
    FROM conversations c WHERE c.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/**
 * Conversations by their latest message, newest first. The ids come first, by the index of whoever takes part or of the
 * support cases; names and counts are only read for the page. `ownOnly`: of staff too only those that it takes part in.
 */
export async function listConversations(
  db: Executor,
  reader: ConversationReader,
  options: { archived: boolean; ownOnly: boolean; after?: { at: string; id: number } | undefined; limit: number },
): Promise<ConversationRow[]> {
  const { archived, after, limit, ownOnly } = options;
  const place = sql`coalesce(c.last_message_at, c.created_at)`;
  const rules = sql`c.is_archived = ${archived} AND c.deleted_at IS NULL AND c.erased_at IS NULL
    ${after ? sql`AND (${place}, c.id) < (${after.at}::timestamptz, ${after.id})` : sql``}`;
  // OFFSET 0: each by its key, one look for each; a join would walk all conversations for a user of many.
  const each = sql`CROSS JOIN LATERAL (
    SELECT c.id, ${place} AS at FROM conversations c WHERE c.id = p.conversation_id AND ${rules} OFFSET 0) c`;
  // Threads have their place in the user's part of an index (migration 0015): they are read in order, as many as are shown.
  // The others have none, and are few.
  const own = sql`
    (SELECT c.id, c.at FROM participants p ${each}
     WHERE p.user_id = ${reader.userId} AND p.talk_at IS NOT NULL
       ${after ? sql`AND (p.talk_at, p.conversation_id) < (${after.at}::timestamptz, ${after.id})` : sql``}
     ORDER BY p.talk_at DESC, p.conversation_id DESC LIMIT ${limit})
    UNION ALL
    (SELECT c.id, c.at FROM participants p ${each}
     WHERE p.user_id = ${reader.userId} AND p.talk_at IS NULL AND p.role <> 'agent'
     ORDER BY c.at DESC, c.id DESC LIMIT ${limit})`;
  const cases = sql`
    SELECT c.id, ${place} AS at FROM conversations c
    WHERE c.kind = 'support' AND ${rules} AND ${seenBy(reader.sight)}
    ORDER BY coalesce(c.last_message_at, c.created_at) DESC, c.id DESC LIMIT ${limit}`;
  const found = reader.isStaff && !ownOnly ? sql`(${own}) UNION (${cases})` : own;
  const { rows } = await sql<ConversationRow>`
    SELECT ${columns(reader.userId)}
    FROM (SELECT id, at FROM (${found}) both_kinds ORDER BY at DESC, id DESC LIMIT ${limit}) page
    JOIN conversations c ON c.id = page.id ${latestTicket}
    ORDER BY page.at DESC, c.id DESC`.execute(db);
  return rows;
}

function seenBy(sight: Sight): RawBuilder<unknown> {
  return sight.kind === "all"
    ? sql`true`
    : sql`EXISTS (SELECT FROM tickets t WHERE t.conversation_id = c.id AND ${inSight(sight)})`;
}

/**
 * What is unread by a user, in all and by conversation, the second as JSON: who asks sends it on as it is. One walk of its
 * own part of an index that holds nothing that is read, and one row: to read a thousand of them took ten times as long as
 * to find them (measured). Staff's marks in cases that are out of its sight by now count for nothing.
 */
export async function readUnread(
  db: Executor,
  reader: ConversationReader,
): Promise<{ unread: number; byConversation: string }> {
  const inView =
    reader.sight.kind === "all"
      ? sql``
      : sql`AND (p.role <> 'agent' OR EXISTS (
          SELECT FROM tickets t WHERE t.conversation_id = p.conversation_id AND ${inSight(reader.sight)}))`;
  const { rows } = await sql<{ unread: number; byConversation: string }>`
    ${reader.sight.kind === "all" ? sql.raw("/* read-unread */") : sql``}
    SELECT coalesce(sum(p.unread_count), 0)::int AS unread,
           coalesce(json_object_agg(p.conversation_id, p.unread_count)::text, '{}') AS "byConversation"
    FROM participants p WHERE p.user_id = ${reader.userId} AND p.unread_count > 0 ${inView}`.execute(db);
  return rows[0] ?? { unread: 0, byConversation: "{}" };
}
