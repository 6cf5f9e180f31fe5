import type { AuditEntryView } from "../../contract/http/audit.js";
import type { AuditRow } from "../../db/queries/audit.js";

/** An act as CONTRACT.md shows it. What was written by another version of the desk is shown as it was written. */
export function presentAudit(row: AuditRow): AuditEntryView {
  const { id, at, before, after, requestId } = row;
  const entry = {
    id,
    at: at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    action: row.action,
    subject: { kind: row.subjectKind, id: row.subjectId },
    before,
    after,
    request_id: requestId,
  };
  return entry as AuditEntryView;
}
