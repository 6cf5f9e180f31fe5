import { type RawBuilder, sql } from "kysely";
import type { MatterKind, MatterStatus } from "../../domain/matters.js";
import type { Executor, Tx } from "../database.js";

interface MatterRow<K extends MatterKind> {
  id: number;
  conversationId: number;
  messageId: number | null;
  createdBy: number | null;
  status: MatterStatus[K];
  /** The words of the last change. */
  note: string;
  changedBy: number | null;
  changedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** A dispute. */
export interface DisputeRow extends MatterRow<"dispute"> {
  subject: string;
  description: string;
  /** Two decimals, as text. */
  amount: string | null;
}

/** A payment. */
export interface PaymentRow extends MatterRow<"payment"> {
  amount: string;
  currency: string;
  description: string;
}

/** The row of each kind. */
export interface MatterRows {
  dispute: DisputeRow;
  payment: PaymentRow;
}

const common = sql`id, conversation_id AS "conversationId", message_id AS "messageId", created_by AS "createdBy", status,
  note, changed_by AS "changedBy", changed_at AS "changedAt", created_at AS "createdAt", updated_at AS "updatedAt"`;

const shapes: Readonly<Record<MatterKind, { table: RawBuilder<unknown>; columns: RawBuilder<unknown> }>> = {
  dispute: { table: sql`disputes`, columns: sql`${common}, subject, description, amount` },
  payment: { table: sql`payments`, columns: sql`${common}, amount, currency, description` },
};

/** Where a dispute or payment belongs, who began it and how it stands; null: there is none. */
export async function findMatter<K extends MatterKind>(
  db: Executor,
  kind: K,
  id: number,
): Promise<Pick<MatterRow<K>, "conversationId" | "createdBy" | "status"> | null> {
  const { rows } = await sql<Pick<MatterRow<K>, "conversationId" | "createdBy" | "status">>`
    SELECT conversation_id AS "conversationId", created_by AS "createdBy", status
    FROM ${shapes[kind].table} WHERE id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/**
 * Brings one to a state, from one of those that `from` allows. Of two at once the later one waits for the row and finds
 * it changed: null, it stands elsewhere.
 */
export async function moveMatter<K extends MatterKind>(
  tx: Tx,
  kind: K,
  move: { id: number; from: readonly MatterStatus[K][]; to: MatterStatus[K]; note: string; changedBy: number | null },
): Promise<MatterRows[K] | null> {
  const { table, columns } = shapes[kind];
  const { rows } = await sql<MatterRows[K]>`
    UPDATE ${table} SET status = ${move.to}, note = ${move.note}, changed_by = ${move.changedBy}::bigint,
                        changed_at = now(), updated_at = now()
    WHERE id = ${move.id} AND status = ANY(${[...move.from]}::text[])
    RETURNING ${columns}`.execute(tx);
  return rows[0] ?? null;
}

/** Those of a conversation, newest first; `before`: older than that one. */
export async function listMatters<K extends MatterKind>(
  db: Executor,
  kind: K,
  conversationId: number,
  page: { before?: number | undefined; limit: number },
): Promise<MatterRows[K][]> {
  const { table, columns } = shapes[kind];
  const { rows } = await sql<MatterRows[K]>`
    SELECT ${columns} FROM ${table}
    WHERE conversation_id = ${conversationId} ${page.before === undefined ? sql`` : sql`AND id < ${page.before}`}
    ORDER BY id DESC LIMIT ${page.limit}`.execute(db);
  return rows;
}
