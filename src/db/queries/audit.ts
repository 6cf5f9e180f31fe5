import { type Expression, type SqlBool, sql } from "kysely";
import type { ClientBase } from "pg";
import type { Executor } from "../database.js";

/** A row to add. */
export interface NewAuditRow {
  actorKind: string;
  actorId: number | null;
  actorName: string;
  action: string;
  subjectKind: string;
  subjectId: string | null;
  before: object | null;
  after: object | null;
  requestId: string | null;
}

/** A row of the audit log. */
export interface AuditRow extends NewAuditRow {
  id: number;
  at: Date;
}

export interface AuditFilters {
  actorId?: number | undefined;
  actorName?: string | undefined;
  actorKind?: string | undefined;
  action?: string | undefined;
  subjectKind?: string | undefined;
  subjectId?: string | undefined;
  requestId?: string | undefined;
  /** From that instant on. */
  from?: Date | undefined;
  /** Before that instant. */
  to?: Date | undefined;
}

/** A place in the list, newest first. */
export interface AuditPlace {
  at: Date;
  id: number;
}

/** Adds a row. The table takes nothing but rows (migrations/0006_audit.ts). */
export async function insertAudit(tx: Executor, row: NewAuditRow): Promise<void> {
  await sql`
    /* insert-audit */
    INSERT INTO audit_log (actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before, after, request_id)
    VALUES (${row.actorKind}, ${row.actorId}, left(${row.actorName}, 200), ${row.action}, ${row.subjectKind},
            ${row.subjectId}, ${json(row.before)}::jsonb, ${json(row.after)}::jsonb, ${row.requestId})`.execute(tx);
}

/** The same in a transaction on a bare connection (`inClientTransaction`). */
export async function insertAuditOn(client: Pick<ClientBase, "query">, row: NewAuditRow): Promise<void> {
  const text = `
    INSERT INTO audit_log (actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before, after, request_id)
    VALUES ($1, $2, left($3, 200), $4, $5, $6, $7, $8, $9)`;
  const { actorKind, actorId, actorName, action, subjectKind, subjectId, before, after, requestId } = row;
  const subject = [action, subjectKind, subjectId, json(before), json(after), requestId];
  await client.query(text, [actorKind, actorId, actorName, ...subject]);
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/**
 * The rows that the filters let through, newest first, after a place. In order of (at, id), which each index ends with,
 * so that a page is read from the end of one index and nothing is sorted.
 */
export async function listAudit(
  db: Executor,
  { filters, after, limit }: { filters: AuditFilters; after?: AuditPlace | undefined; limit: number },
): Promise<AuditRow[]> {
  const { actorId, actorName, actorKind, action, subjectKind, subjectId, requestId, from, to } = filters;
  const conditions: Expression<SqlBool>[] = [];
  if (actorId !== undefined) conditions.push(sql`actor_id = ${actorId}`);
  if (actorName !== undefined) conditions.push(sql`actor_name = ${actorName}`);
  if (actorKind !== undefined) conditions.push(sql`actor_kind = ${actorKind}`);
  if (action !== undefined) conditions.push(sql`action = ${action}`);
  if (subjectKind !== undefined) conditions.push(sql`subject_kind = ${subjectKind}`);
  if (subjectId !== undefined) conditions.push(sql`subject_id = ${subjectId}`);
  if (requestId !== undefined) conditions.push(sql`request_id = ${requestId}`);
  if (from) conditions.push(sql`at >= ${from}`);
  if (to) conditions.push(sql`at < ${to}`);
  if (after) conditions.push(sql`(at, id) < (${after.at}, ${after.id})`);
  return db
    .selectFrom("audit_log")
    .select([
      "id",
      "at",
      "actor_kind as actorKind",
      "actor_id as actorId",
      "actor_name as actorName",
      "action",
      "subject_kind as subjectKind",
      "subject_id as subjectId",
      "before",
      "after",
      "request_id as requestId",
    ])
    .where((eb) => eb.and(conditions))
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}
