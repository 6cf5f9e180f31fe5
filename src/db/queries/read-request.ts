import { sql } from "kysely";
import type { Stage } from "../../contract/events.js";
import type { Executor } from "../database.js";

/** What a request left in the tables besides its events. */
export interface RequestTraces {
  /** Acts that the audit log keeps of it. */
  acts: { id: number; at: Date; actor: string; action: string; subjectKind: string; subjectId: string | null }[];
  /** Changes of owner or status. */
  assignments: {
    id: number;
    at: Date;
    ticketId: number;
    why: string;
    from: number | null;
    to: number | null;
    version: number;
  }[];
  /** Answers on their way to a customer, or there. */
  deliveries: {
    id: number;
    at: Date;
    messageId: number;
    channel: string;
    status: "pending" | "sent" | "failed";
    attempts: number;
    nextAttemptAt: Date;
    sentAt: Date | null;
    lastError: string | null;
  }[];
  /** Events that have no place in the log yet. */
  waiting: { id: number; at: Date; stream: string; type: string; stage: Stage | null; subjectId: number | null }[];
}

/** Reads it by the request's id, the tickets and the deliveries that its events name; each from an index. */
export async function readRequestTraces(
  db: Executor,
  requestId: string,
  found: { ticketIds: readonly number[]; deliveryIds: readonly number[] },
): Promise<RequestTraces> {
  const { rows: acts } = await sql<RequestTraces["acts"][number]>`
    SELECT id, at, actor_kind || ' ' || actor_name AS actor, action, subject_kind AS "subjectKind",
           subject_id AS "subjectId"
    FROM audit_log WHERE request_id = ${requestId} ORDER BY at, id LIMIT 1000`.execute(db);
  const { rows: assignments } = await sql<RequestTraces["assignments"][number]>`
    SELECT id, created_at AS at, ticket_id AS "ticketId", why, from_agent AS "from", to_agent AS "to", version
    FROM assignments WHERE ticket_id = ANY(${[...found.ticketIds]}::bigint[]) AND request_id = ${requestId}
    ORDER BY id LIMIT 1000`.execute(db);
  const { rows: deliveries } = await sql<RequestTraces["deliveries"][number]>`
    SELECT id, created_at AS at, message_id AS "messageId", channel, status, attempts,
           next_attempt_at AS "nextAttemptAt", sent_at AS "sentAt", last_error AS "lastError"
    FROM deliveries WHERE id = ANY(${[...found.deliveryIds]}::bigint[]) ORDER BY id LIMIT 1000`.execute(db);
  const { rows: waiting } = await sql<RequestTraces["waiting"][number]>`
    SELECT id, created_at AS at, stream, type, stage, subject_id AS "subjectId"
    FROM outbox WHERE request_id = ${requestId} ORDER BY id LIMIT 1000`.execute(db);
  return { acts, assignments, deliveries, waiting };
}
