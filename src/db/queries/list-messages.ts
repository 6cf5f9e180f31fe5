import { type RawBuilder, sql } from "kysely";
import type { TicketStatus, UrgencyLevel } from "../../domain/ticket.js";
import type { Sight } from "../../domain/visibility.js";
import type { Executor } from "../database.js";
import { inSight } from "./in-sight.js";
import { type MessageRow, messageColumns, messageJoins, messageRowOf, type RawMessageRow } from "./read-message.js";

/** What a list of messages is narrowed to. */
export interface MessageFilters {
  status?: TicketStatus | undefined;
  /** An agent's id; null: nobody's. */
  assigneeId?: number | null | undefined;
  level?: UrgencyLevel | undefined;
  topic?: string | undefined;
  /** A queue's name. */
  queue?: string | undefined;
  /** The customer's outside id. */
  userId?: string | undefined;
}

export type MessageOrder = "queue" | "newest" | "oldest";

/** Where a page ended: the last row's place in the order. `due` is in microseconds, which a Date cannot hold. */
export interface MessagePlace {
  id: number;
  due: string;
}

export interface ListedMessage {
  message: MessageRow;
  place: MessagePlace;
}

/** `due_at` in full: ISO-8601 UTC with microseconds. */
export const duePlace: RawBuilder<string> = sql`to_char(t.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The conditions of the filters on `t`, each beginning with AND; with a sight, that it is seen besides. */
export function filterConditions(filters: MessageFilters, sight?: Sight): RawBuilder<unknown> {
  const conditions: RawBuilder<unknown>[] = [];
  if (sight && sight.kind !== "all") conditions.push(sql`AND ${inSight(sight)}`);
  if (filters.status) conditions.push(sql`AND t.status = ${sql.lit(filters.status)}`);
  if (filters.assigneeId === null) conditions.push(sql`AND t.assignee_id IS NULL`);
  else if (filters.assigneeId !== undefined) conditions.push(sql`AND t.assignee_id = ${filters.assigneeId}`);
  if (filters.level) conditions.push(sql`AND t.urgency_level = ${filters.level}`);
  if (filters.topic !== undefined) conditions.push(sql`AND t.topic = ${filters.topic}`);
  if (filters.queue !== undefined) conditions.push(sql`AND t.queue = ${filters.queue}`);
  if (filters.userId !== undefined) {
    conditions.push(sql`AND t.customer_id = (SELECT id FROM customers WHERE user_id = ${filters.userId})`);
  }
  return sql.join(conditions, sql` `);
}

/** The order, and the condition that goes on after a place in it. */
export function orderOf(order: MessageOrder, after: MessagePlace | undefined) {
  switch (order) {
    case "queue":
      return {
        by: sql`t.due_at, t.id`,
        after: after ? sql`AND (t.due_at, t.id) > (${after.due}::timestamptz, ${after.id})` : sql``,
      };
    case "newest":
      return { by: sql`t.id DESC`, after: after ? sql`AND t.id < ${after.id}` : sql`` };
    case "oldest":
      return { by: sql`t.id`, after: after ? sql`AND t.id > ${after.id}` : sql`` };
  }
}

/**
 * A page of messages. The status is written into the statement, not bound, so that `unassigned` in queue order is read
 * from the partial index `tickets_waiting` (due_at, id) and stops at `limit` (FINDINGS.md: 0.2 ms of 200,000; a test
 * EXPLAINs it). The page is cut on tickets alone; the rest is joined to its rows, all in one snapshot.
 */
export async function listMessages(db: Executor, options: ListOptions): Promise<ListedMessage[]> {
  const { rows } = await listMessagesStatement(options).execute(db);
  return rows.map((row) => ({ message: messageRowOf(row), place: { id: row.id, due: row.due_place } }));
}

/** What a page of messages is asked for with; `sight`: what the reader sees of them, default all. */
export interface ListOptions {
  filters: MessageFilters;
  order: MessageOrder;
  after?: MessagePlace | undefined;
  limit: number;
  sight?: Sight | undefined;
}

/** The statement of `listMessages`, apart so that a test can EXPLAIN it. */
export function listMessagesStatement(options: ListOptions): RawBuilder<RawMessageRow & { due_place: string }> {
  const order = orderOf(options.order, options.after);
  const { sight } = options;
  const conditions = filterConditions(options.filters, sight);
  const those = (half: RawBuilder<unknown>, waiting = options.filters.status === "unassigned") =>
    sight && isReadByParts(sight, options, waiting)
      ? firstInSight(sight, half, { ...options, waiting })
      : sql`
      (SELECT t.id, t.due_at FROM tickets t WHERE ${half} ${conditions} ${order.after}
       ORDER BY ${order.by} LIMIT ${options.limit})`;
  // All in queue order: the waiting and the others have an index each (0004_search says why not one for both).
  const page =
    options.order === "queue" && !options.filters.status
      ? sql`(${those(sql`t.status = 'unassigned'`, true)} UNION ALL ${those(sql`t.status <> 'unassigned'`)})`
      : those(sql`true`);
  return sql<RawMessageRow & { due_place: string }>`
    WITH page AS MATERIALIZED (
      SELECT t.id FROM ${page} t ORDER BY ${order.by} LIMIT ${options.limit}
    )
    SELECT ${messageColumns}, ${duePlace} AS due_place
    FROM page JOIN tickets t ON t.id = page.id ${messageJoins} ORDER BY ${order.by}`;
}

type NarrowSight = Exclude<Sight, { kind: "all" }>;

/**
 * Whether a page of what a reader sees is put together from parts. Not where a customer or an owner makes the rows few by
 * itself, and for some queues not in queue order beyond what waits: that has no index by queue.
 */
function isReadByParts(sight: Sight, { filters, order }: ListOptions, waiting: boolean): sight is NarrowSight {
  if (sight.kind === "all" || filters.userId !== undefined || typeof filters.assigneeId === "number") return false;
  return sight.kind === "own" || order !== "queue" || waiting;
}

/**
 * The first of each queue, and the first of what the agent owns, merged: `queue = ANY(…) ORDER BY …` sorts the whole
 * backlog (FINDINGS.md: 236 ms against 0.2) or walks it for queues that have little. Each queue has a part of its own and
 * not a turn of a LATERAL: the planner has to know its name, to tell one that has much from one that has little.
 */
export function firstInSight(
  sight: NarrowSight,
  half: RawBuilder<unknown>,
  options: Pick<ListOptions, "filters" | "order" | "after" | "limit"> & { waiting: boolean },
): RawBuilder<unknown> {
  const order = orderOf(options.order, options.after);
  const first = (from: RawBuilder<unknown>, whose: RawBuilder<unknown>) => sql`
      (SELECT t.id, t.due_at FROM ${from} WHERE ${whose} AND ${half} ${filterConditions(options.filters)} ${order.after}
       ORDER BY ${order.by} LIMIT ${options.limit})`;
  const queues = sight.kind === "queues" ? sight.queues : [];
  const parts = queues.map((queue) => first(sql`tickets t`, sql`t.queue = ${queue}`));
  if (!options.waiting) parts.push(first(owned(sight.agentId, options.order), sql`t.assignee_id = ${sight.agentId}`));
  // Who owns a ticket does not wait: a reader of its own sees nothing of what does.
  return parts.length === 0 ? first(sql`tickets t`, sql`false`) : sql`(${sql.join(parts, sql` UNION `)})`;
}

/** What an agent owns. In queue order it is read whole and sorted: no index has it so, and the way along all is long. */
function owned(agentId: number, order: MessageOrder): RawBuilder<unknown> {
  return order === "queue" ? sql`(SELECT * FROM tickets WHERE assignee_id = ${agentId} OFFSET 0) t` : sql`tickets t`;
}
