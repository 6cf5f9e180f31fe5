import { z } from "zod";
import { auditPageSchema, type ListAuditQuery, listAuditQuery } from "../../../contract/http/audit.js";
import { type AuditFilters, listAudit } from "../../../db/queries/audit.js";
import { decodeCursor, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentAudit } from "../../presenters/audit.js";

/** A place in the list: milliseconds since 1970, and the id. */
const auditPlace = z.object({ at: z.int().min(0).max(8.64e15), id: z.int().nonnegative() });

/** Every privileged act, newest first. Rows are only ever added, so a page never shifts under its reader. */
export const listAuditEndpoint = endpoint({
  method: "get",
  path: "/api/audit/",
  tag: "Audit",
  summary: "List privileged acts: who did what to what, newest first",
  policy: "audit.read",
  query: listAuditQuery,
  answers: { 200: { description: "A page of acts, newest first", schema: auditPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const place = decodeCursor(auditPlace, query.cursor);
    const after = place && { at: new Date(place.at), id: place.id };
    const rows = await listAudit(context.db.kysely, { filters: filtersOf(query), after, limit: query.limit + 1 });
    return { status: 200, body: pageOf(rows, query.limit, presentAudit, ({ at, id }) => ({ at: at.getTime(), id })) };
  },
});

function filtersOf(query: ListAuditQuery): AuditFilters {
  const { actor } = query;
  const isId = actor !== undefined && /^\d{1,15}$/.test(actor);
  return {
    ...(isId ? { actorId: Number(actor) } : { actorName: actor }),
    actorKind: query.actor_kind,
    action: query.action,
    subjectKind: query.subject_kind,
    subjectId: query.subject_id,
    requestId: query.request_id,
    from: query.from,
    to: query.to,
  };
}
