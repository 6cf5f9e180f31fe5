import { sql } from "kysely";
import type { Executor } from "../database.js";

/** One thing said between a customer and the bot. */
export interface BotContextRow {
  id: number;
  seq: number;
  kind: "text" | "bot";
  text: string;
}

/** The latest `limit` things that were said, oldest first; what was deleted is not told to anybody. */
export async function readBotContext(db: Executor, conversationId: number, limit: number): Promise<BotContextRow[]> {
  const { rows } = await sql<BotContextRow>`
    SELECT id, seq, kind, text FROM messages
    WHERE conversation_id = ${conversationId} AND kind IN ('text', 'bot') AND deleted_at IS NULL
    ORDER BY seq DESC LIMIT ${limit}`.execute(db);
  return rows.reverse();
}

/** How the customer of a conversation is called; "" when it has no name. */
export async function customerNameOf(db: Executor, conversationId: number): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    SELECT u.name FROM conversations c JOIN users u ON u.id = c.created_by WHERE c.id = ${conversationId}`.execute(db);
  return rows[0]?.name ?? "";
}

/** The canned replies that a bot may answer with: texts of bounded number, the most used first. */
export async function readCannedTexts(db: Executor): Promise<{ id: number; title: string; text: string }[]> {
  return db
    .selectFrom("canned_replies")
    .select(["id", "title", "text"])
    .orderBy("uses", "desc")
    .orderBy("id")
    .limit(500)
    .execute();
}

/** A bot's conversation whose customer waits for its answer. */
export interface UnansweredRow {
  id: number;
  /** As text: Postgres' times are finer than a Date. */
  at: string;
}

/**
 * The bot's conversations in which a customer has the last word for `waitS` seconds, the oldest first, those that stood
 * still since `after` left out (null: none). By the index conversations_bot; asked again and again it reads what is new.
 */
export async function findUnanswered(
  db: Executor,
  { waitS, after, limit, only }: { waitS: number; after: string | null; limit: number; only?: number },
): Promise<UnansweredRow[]> {
  const { rows } = await sql<UnansweredRow>`
    SELECT c.id, c.last_message_at::text AS at
    FROM conversations c
    JOIN customers u ON u.id = c.created_by AND u.erased_at IS NULL
    CROSS JOIN LATERAL (
      SELECT m.kind FROM messages m WHERE m.conversation_id = c.id AND m.kind IN ('text', 'bot')
      ORDER BY m.seq DESC LIMIT 1) said
    WHERE c.kind = 'bot' AND c.deleted_at IS NULL AND said.kind = 'text'
      AND c.last_message_at <= now() - ${waitS} * interval '1 second'
      ${after === null ? sql`` : sql`AND c.last_message_at > ${after}::timestamptz`}
      ${only === undefined ? sql`` : sql`AND c.id = ${only}`}
    ORDER BY c.last_message_at, c.id LIMIT ${limit}`.execute(db);
  return rows;
}

/** The database's time, some seconds ago. */
export async function timeAgo(db: Executor, seconds: number): Promise<string> {
  const { rows } = await sql<{ at: string }>`
    SELECT (now() - ${seconds} * interval '1 second')::text AS at`.execute(db);
  return rows[0]?.at ?? "";
}
