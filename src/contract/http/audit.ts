import { z } from "zod";
import { auditActions, auditActorKinds, auditSubjects } from "../../domain/audit.js";
import { cursor, id, limit, optionalText, page, time } from "./primitives.js";

const shown = z.record(z.string(), z.unknown()).nullable();

/** An act as it is kept: who did what to what, for which request. */
export const auditEntrySchema = z
  .object({
    id,
    at: time,
    actor: z.object({
      kind: z.enum(auditActorKinds).meta({ description: "cli: a command on the machine; system: the desk itself" }),
      id: id.nullable().meta({ description: "the user's id; null for who is no user" }),
      name: z.string().meta({ description: "as it was then; a customer's is not kept" }),
    }),
    action: z.enum(auditActions),
    subject: z.object({ kind: z.enum(auditSubjects), id: z.string().nullable() }),
    before: shown.meta({ description: "what it was like; of customers and their texts names of fields only" }),
    after: shown,
    request_id: z.string().nullable(),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntryView = z.infer<typeof auditEntrySchema>;

export const auditPageSchema = page(auditEntrySchema).meta({ id: "AuditPage" });

/** A time in a query: ISO-8601 with its zone. */
const instant = z.iso
  .datetime({ offset: true, error: "must be a time with its zone, such as 2026-01-31T12:00:00Z" })
  .transform((text) => new Date(text));

/** Filters go together; each is an exact match. */
export const listAuditQuery = z.object({
  actor: optionalText(200).optional().meta({ description: "a user's id, or a name" }),
  actor_kind: z.enum(auditActorKinds).optional(),
  action: z.enum(auditActions).optional(),
  subject_kind: z.enum(auditSubjects).optional(),
  subject_id: optionalText(100).optional(),
  request_id: optionalText(200).optional(),
  from: instant.optional().meta({ type: "string", format: "date-time", description: "from then on" }),
  to: instant.optional().meta({ type: "string", format: "date-time", description: "before then" }),
  limit,
  cursor: cursor.optional(),
});
export type ListAuditQuery = z.infer<typeof listAuditQuery>;
