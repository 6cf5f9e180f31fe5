import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** A webhook as admins see it: without its secrets. */
export interface WebhookRow {
  id: number;
  name: string;
  url: string;
  events: string[];
  queues: string[];
  reasons: string[];
  replyChannels: string[];
  disabledReason: string | null;
  circuitOpenUntil: Date | null;
  failures: number;
  cursorSeq: number;
  previousUntil: Date | null;
  lastSentAt: Date | null;
  lastFailedAt: Date | null;
  createdBy: number | null;
  createdAt: Date;
  updatedAt: Date;
}

const columns = sql`
  id, name, url, events, queues, reasons, reply_channels AS "replyChannels", disabled_reason AS "disabledReason",
  circuit_open_until AS "circuitOpenUntil", failures, cursor_seq AS "cursorSeq",
  CASE WHEN previous_until > now() THEN previous_until END AS "previousUntil", last_sent_at AS "lastSentAt",
  last_failed_at AS "lastFailedAt", created_by AS "createdBy", created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Webhooks by id, after `afterId`. */
export async function listWebhooks(
  db: Executor,
  { afterId = 0, limit }: { afterId: number | undefined; limit: number },
): Promise<WebhookRow[]> {
  const { rows } = await sql<WebhookRow>`
    SELECT ${columns} FROM webhooks WHERE id > ${afterId} ORDER BY id LIMIT ${limit}`.execute(db);
  return rows;
}

/** One webhook, or null. */
export async function readWebhook(db: Executor, id: number): Promise<WebhookRow | null> {
  const { rows } = await sql<WebhookRow>`SELECT ${columns} FROM webhooks WHERE id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** Locks a webhook: nothing is made for it, and no circuit moves, until the end of the transaction. */
export async function lockWebhook(tx: Tx, id: number): Promise<WebhookRow | null> {
  const { rows } = await sql<WebhookRow>`SELECT ${columns} FROM webhooks WHERE id = ${id} FOR UPDATE`.execute(tx);
  return rows[0] ?? null;
}
