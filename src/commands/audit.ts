import type { ClientBase } from "pg";
import type { Executor } from "../db/database.js";
import { insertAudit, insertAuditOn, type NewAuditRow } from "../db/queries/audit.js";
import { type AuditAction, type AuditActor, type AuditSubjectKind, actsForAnother } from "../domain/audit.js";
import { invariant } from "../runtime/invariant.js";

/** Who acts, and for which request; every `CommandContext` is one. */
export interface AuditContext {
  actor: AuditActor;
  requestId: string | null;
}

/** An act: what was done to what, and what the subject was like before and after, as far as that may be kept. */
export interface AuditEntry {
  action: AuditAction;
  subject: { kind: AuditSubjectKind; id: number | string | null };
  before?: Readonly<Record<string, unknown>> | null;
  after?: Readonly<Record<string, unknown>> | null;
}

const secretName = /password|secret|token|hash|authorization|^key$|_key$/i;

/**
 * Keeps an act in the audit log, in the transaction of the act: neither is there without the other. Call it last, when
 * the act is done. Rows can never be changed or removed, so what is in them is bounded here: a text whose name says secret
 * throws (an Error, ours to mend), and a customer who acts has no name in them. Of customers, their tickets and their
 * texts give names of fields and ids only (`fieldNames`), never values: an erasure could not remove them.
 */
export async function recordAudit(tx: Executor, ctx: AuditContext, entry: AuditEntry): Promise<void> {
  await insertAudit(tx, rowOf(ctx, entry));
}

/**
 * Keeps what an admin does in the name of an agent, or with what an agent holds. What an agent does on its own stands in
 * `assignments` and `messages`, and is none of the audit log's.
 */
export async function recordActForAnother(
  tx: Executor,
  ctx: AuditContext,
  agentId: number | null,
  entry: AuditEntry,
): Promise<void> {
  if (actsForAnother(ctx.actor, agentId)) await recordAudit(tx, ctx, entry);
}

/** Keeps what an admin does with what belongs to those who talk: their conversations, disputes and payments. */
export async function recordActOfAdmin(tx: Executor, ctx: AuditContext, entry: AuditEntry): Promise<void> {
  if (ctx.actor.role === "admin") await recordAudit(tx, ctx, entry);
}

/** The same as `recordAudit` in a transaction on a bare connection (`inClientTransaction`). */
export async function recordAuditOn(
  client: Pick<ClientBase, "query">,
  ctx: AuditContext,
  entry: AuditEntry,
): Promise<void> {
  await insertAuditOn(client, rowOf(ctx, entry));
}

function rowOf({ actor, requestId }: AuditContext, entry: AuditEntry): NewAuditRow {
  const { action, subject, before = null, after = null } = entry;
  requireNoSecrets(before);
  requireNoSecrets(after);
  return {
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.role === "customer" ? "" : actor.name,
    action,
    subjectKind: subject.kind,
    subjectId: subject.id === null ? null : String(subject.id),
    before,
    after,
    requestId,
  };
}

function requireNoSecrets(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const isText = typeof inner === "string" || inner instanceof Uint8Array;
    invariant(!isText || !secretName.test(name), `an audit row must not hold ${name}`);
    requireNoSecrets(inner);
  }
}
