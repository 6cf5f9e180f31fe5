import { type RawBuilder, sql } from "kysely";
import type { MessageKind } from "../../domain/ticket.js";
import type { Executor } from "../database.js";

/** One thing said, with who has read it. */
export interface SaidRow {
  id: number;
  conversationId: number;
  sender: { id: number; name: string; role: string } | null;
  seq: number;
  kind: MessageKind;
  text: string;
  metadata: Record<string, unknown> | null;
  clientId: string | null;
  /** It left for its customer, or another participant was sent it. */
  delivered: boolean;
  /** It is a reply that waits on its conversation's stream until its customer is given it. */
  awaited: boolean;
  readBy: number[];
  attachment: { id: number; name: string; size: number; type: string } | null;
  editedAt: Date | null;
  deletedAt: Date | null;
  createdAt: Date;
}

interface RawSaidRow {
  id: number;
  conversation_id: number;
  sender_id: number | null;
  sender_name: string | null;
  sender_role: string | null;
  seq: number;
  kind: MessageKind;
  text: string;
  metadata: Record<string, unknown> | null;
  client_id: string | null;
  delivered: boolean;
  awaited: boolean | null;
  read_by: string[] | number[];
  file_id: number | null;
  file_name: string | null;
  file_size: number | null;
  file_type: string | null;
  edited_at: Date | null;
  deleted_at: Date | null;
  created_at: Date;
}

interface PageOfTalk {
  notes: boolean;
  limit: number;
  only?: number;
  before?: number;
  after?: number;
}

/** Planning it anew for each page cost as much as reading it. */
function nameOf({ notes, only, before, after }: PageOfTalk): RawBuilder<unknown> {
  const sides = [notes && "notes", only !== undefined && "only", before !== undefined && "before"];
  const words = ["read-said", ...sides, after !== undefined && "after"].filter((word) => word !== false);
  return sql.raw(`/* ${words.join("-")} */`);
}

/**
 * What was said in a conversation, oldest first, the latest `limit` at most. A note never leaves the agents: it is only
 * there with `notes`. Of a deleted message only the tombstone is given. `only`: the message of that id. `before`, `after`: a
 * page of the talk, on one side of that seq and next to it; the key (conversation, seq) finds it at any depth.
 *
 * How far each has read is looked up once, not with each message: behind the second wall each row that is read costs a
 * call of its policy. For the same reason it begins with the conversation: whose viewer takes no part in it, all of
 * its messages would be asked about in vain.
 */
export async function readConversation(db: Executor, conversationId: number, options: PageOfTalk): Promise<SaidRow[]> {
  const { rows } = await sql<RawSaidRow>`
    ${nameOf(options)}
    WITH marks AS MATERIALIZED (
      SELECT p.user_id, p.last_read_seq, p.last_delivered_seq FROM participants p
      WHERE p.conversation_id = ${conversationId} ORDER BY p.user_id)
    SELECT m.id, m.conversation_id, m.sender_id, u.name AS sender_name, u.role AS sender_role, m.seq, m.kind,
           CASE WHEN m.deleted_at IS NULL THEN m.text ELSE '' END AS text,
           CASE WHEN m.deleted_at IS NULL THEN m.metadata END AS metadata,
           m.client_id, m.edited_at, m.deleted_at, m.created_at,
           coalesce(d.sent, false) OR EXISTS (
             SELECT FROM marks p WHERE p.last_delivered_seq >= m.seq AND p.user_id IS DISTINCT FROM m.sender_id) AS delivered,
           d.awaited,
           ARRAY(SELECT p.user_id FROM marks p
                 WHERE p.last_read_seq >= m.seq AND p.user_id IS DISTINCT FROM m.sender_id) AS read_by,
           f.id AS file_id, f.name AS file_name, f.size AS file_size, f.type AS file_type
    FROM messages m LEFT JOIN users u ON u.id = m.sender_id
    LEFT JOIN attachments f ON f.message_id = m.id AND m.deleted_at IS NULL
    LEFT JOIN LATERAL (
      SELECT bool_or(d.status = 'sent') AS sent, bool_or(d.status = 'pending' AND d.channel = 'socket') AS awaited
      FROM deliveries d WHERE d.message_id = m.id) d ON true
    WHERE m.conversation_id = ${conversationId} AND EXISTS (SELECT FROM conversations c WHERE c.id = ${conversationId})
          ${options.notes ? sql`` : sql`AND m.kind <> 'note'`}
          ${options.only === undefined ? sql`` : sql`AND m.id = ${options.only}`}
          ${options.before === undefined ? sql`` : sql`AND m.seq < ${options.before}`}
          ${options.after === undefined ? sql`` : sql`AND m.seq > ${options.after}`}
    ORDER BY m.seq ${options.after === undefined ? sql`DESC` : sql`ASC`} LIMIT ${options.limit}`.execute(db);
  const inOrder = options.after === undefined ? rows.reverse() : rows;
  return inOrder.map((row) => ({
    id: row.id,
    conversationId: row.conversation_id,
    sender:
      row.sender_id === null
        ? null
        : { id: row.sender_id, name: row.sender_name ?? "", role: row.sender_role ?? "customer" },
    seq: row.seq,
    kind: row.kind,
    text: row.text,
    metadata: row.metadata,
    clientId: row.client_id,
    delivered: row.delivered,
    awaited: row.awaited ?? false,
    readBy: row.read_by.map(Number),
    attachment:
      row.file_id === null
        ? null
        : { id: row.file_id, name: row.file_name ?? "", size: row.file_size ?? 0, type: row.file_type ?? "" },
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
    createdAt: row.created_at,
  }));
}
