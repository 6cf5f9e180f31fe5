import type { AuditRow } from "../../src/db/queries/audit.js";
import { formatTime } from "../format-time.js";
import { formatList, say } from "../output.js";

/** An act as `--json` prints it: as `GET /api/audit/` answers. */
export function actJson(row: AuditRow): Record<string, unknown> {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    action: row.action,
    subject: { kind: row.subjectKind, id: row.subjectId },
    before: row.before,
    after: row.after,
    request_id: row.requestId,
  };
}

/** Who acted: by name and id, and in what role where that is not a user's. */
export function actorInWords({ actorKind, actorId, actorName }: AuditRow): string {
  const named = [actorName, actorId === null ? "" : `#${actorId}`].filter((part) => part !== "").join(" ");
  return actorKind === "user" ? named : `${actorKind} ${named}`.trim();
}

/** What changed, key by key: `topics ["a"] -> ["b"]`; what is the same before and after is left out. */
export function changeInWords({ before, after }: Pick<AuditRow, "before" | "after">): string {
  const was: Record<string, unknown> = { ...before };
  const is: Record<string, unknown> = { ...after };
  const parts = [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) => {
    const [from, to] = [was[name], is[name]].map((value) => (value === undefined ? undefined : JSON.stringify(value)));
    if (from === to) return [];
    if (from === undefined) return [`${name} ${to}`];
    return [after === null ? `${name} ${from}` : `${name} ${from} -> ${to ?? "-"}`];
  });
  return parts.join(", ");
}

/** The acts as a table. */
export function sayActs(rows: readonly AuditRow[]): void {
  const lines = rows.map((row) => [
    formatTime(row.at),
    actorInWords(row),
    row.action,
    row.subjectId === null ? row.subjectKind : `${row.subjectKind} ${row.subjectId}`,
    changeInWords(row),
    row.requestId ?? "-",
  ]);
  say(formatList(["at", "who", "did", "to", "change", "request"], lines));
}
