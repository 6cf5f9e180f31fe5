import { type RawBuilder, sql } from "kysely";
import type { Sight } from "../../domain/visibility.js";
import type { Executor } from "../database.js";
import { peopleNamed } from "./find-people.js";
import {
  duePlace,
  filterConditions,
  firstInSight,
  type ListedMessage,
  type MessageFilters,
  type MessageOrder,
  orderOf,
} from "./list-messages.js";
import { messageColumns, messageJoins, messageRowOf, type RawMessageRow } from "./read-message.js";

/** Where a page of a search ended: its last row's rank beside its place. */
export interface SearchPlace {
  id: number;
  due: string;
  rank: number;
}

export interface FoundMessage extends ListedMessage {
  place: SearchPlace;
}

/** A text in which the search found its words. */
export interface FoundText {
  ticketId: number;
  bySender: "customer" | "staff";
  text: string;
  /** The text as `searchable` makes it, the finds between `markStart` and `markEnd`. */
  searched: string;
}

/** The newest matches that are ranked; a word that is in more messages than that is no search but a list. */
const candidatesMax = 2000;
/** The newest tickets in sight that a common word is looked for in. */
const seenMax = 5000;
/** The newest messages that are looked at to see how common a search is, and how many of them must match. */
const sample = { messages: 2000, common: 200 };
const textsPerTicket = 3;

/** Marks of a find: characters of the private use area, which `searchable` takes out of the texts. */
export const markStart = "\uE000";
export const markEnd = "\uE001";

/** A search as Postgres understands it. */
export interface ParsedSearch {
  /** A tsquery's text; empty: no word that could be found (stop words, signs only). */
  query: string;
  common: boolean;
}

/**
 * What a person typed: the words of websearch, the last one as a beginning too, so that it finds while it is being typed.
 * Any text is safe. Whether it is common is seen from the newest messages: the planner's guess of a beginning is a
 * fixed share of all rows, and with it and a LIMIT it reads all 200,000 messages backwards for 200 matches.
 */
export async function parseSearch(db: Executor, search: string): Promise<ParsedSearch> {
  const parsed = await sql<{ query: string }>`
    SELECT CASE WHEN asked ~ '''$' AND asked !~ '!' THEN asked || ':*' ELSE asked END AS query
    FROM (SELECT websearch_to_tsquery('english', searchable(${search}))::text AS asked) parsed`.execute(db);
  const query = parsed.rows[0]?.query ?? "";
  const seen = await sql<{ matches: number }>`
    SELECT count(*)::int AS matches FROM (SELECT tsv FROM messages ORDER BY id DESC LIMIT ${sample.messages}) newest
    WHERE tsv @@ ${query}::tsquery`.execute(db);
  return { query, common: (seen.rows[0]?.matches ?? 0) >= sample.common };
}

/** The messages that say the words, as `m`: from the GIN index when they are few, else newest first until the LIMIT. */
function saying({ query, common }: ParsedSearch): RawBuilder<unknown> {
  return common ? sql`messages m` : sql`(SELECT * FROM messages WHERE tsv @@ ${query}::tsquery OFFSET 0) m`;
}

/**
 * The tickets among which the words are looked for, as `t`. Where the reader sees a part only and the words are common,
 * the newest of that part, and the messages by their conversations: newest messages first would walk them all for the
 * few that are of it.
 */
function lookedThrough(
  sight: Sight | undefined,
  { parsed, filters }: { parsed: ParsedSearch; filters: MessageFilters },
): RawBuilder<unknown> {
  if (!sight || sight.kind === "all" || !parsed.common) return sql`tickets t`;
  const options = { filters, order: "newest", after: undefined, limit: seenMax, waiting: false } as const;
  return sql`
      (SELECT * FROM tickets WHERE id = ANY(ARRAY(
         SELECT n.id FROM ${firstInSight(sight, sql`true`, options)} n ORDER BY n.id DESC LIMIT ${seenMax})) OFFSET 0) t`;
}

/** Tickets in whose conversation the words are said, or whose customer is named so, best first or in the order asked for. */
export async function searchMessages(
  db: Executor,
  options: {
    search: string;
    parsed: ParsedSearch;
    filters: MessageFilters;
    order: MessageOrder | "rank";
    after?: SearchPlace | undefined;
    limit: number;
    /** What the reader sees of them; default all. */
    sight?: Sight | undefined;
  },
): Promise<FoundMessage[]> {
  const { query } = options.parsed;
  const { sight } = options;
  const conditions = filterConditions(options.filters, sight);
  const { by, after } = placeIn(options.order, options.after);
  const { rows } = await sql<RawMessageRow & { due_place: string; rank: number }>`
    WITH said AS (
      SELECT t.id, ts_rank_cd(m.tsv, ${query}::tsquery, 32) AS rank
      FROM ${saying(options.parsed)} JOIN ${lookedThrough(sight, options)} ON t.conversation_id = m.conversation_id
      WHERE m.tsv @@ ${query}::tsquery AND m.deleted_at IS NULL ${conditions}
      ORDER BY m.id DESC LIMIT ${candidatesMax}
    ), people AS (${peopleNamed(options.search)}
    ), named AS (
      SELECT t.id, max(people.rank) AS rank FROM people JOIN tickets t ON t.customer_id = people.id
      WHERE true ${conditions} GROUP BY t.id ORDER BY t.id DESC LIMIT ${candidatesMax}
    ), hits AS MATERIALIZED (
      SELECT id, max(rank)::float8 AS rank FROM (SELECT * FROM said UNION ALL SELECT * FROM named) found GROUP BY id
    ), page AS MATERIALIZED (
      SELECT t.id, hits.rank FROM hits JOIN tickets t ON t.id = hits.id WHERE true ${after}
      ORDER BY ${by} LIMIT ${options.limit}
    )
    SELECT ${messageColumns}, ${duePlace} AS due_place, hits.rank
    FROM page hits JOIN tickets t ON t.id = hits.id ${messageJoins} ORDER BY ${by}`.execute(db);
  return rows.map((row) => ({
    message: messageRowOf(row),
    place: { id: row.id, due: row.due_place, rank: row.rank },
  }));
}

function placeIn(order: MessageOrder | "rank", after: SearchPlace | undefined) {
  if (order !== "rank") return orderOf(order, after);
  return {
    by: sql`hits.rank DESC, t.id DESC`,
    after: after ? sql`AND (hits.rank, t.id) < (${after.rank}::float8, ${after.id})` : sql``,
  };
}

/** The texts in which the words were found, at most three a ticket, best first, for a page's tickets only. */
export async function findTexts(db: Executor, query: string, ticketIds: readonly number[]): Promise<FoundText[]> {
  if (query === "" || ticketIds.length === 0) return [];
  const options = `StartSel="${markStart}",StopSel="${markEnd}",HighlightAll=true`;
  const { rows } = await sql<{ ticket_id: number; staff: boolean; text: string; searched: string }>`
    SELECT t.id AS ticket_id, found.sender_id IS DISTINCT FROM t.customer_id AS staff, found.text,
           ts_headline('english', searchable(found.text), ${query}::tsquery, ${options}) AS searched
    FROM tickets t CROSS JOIN LATERAL (
      SELECT m.id, m.text, m.sender_id, ts_rank_cd(m.tsv, ${query}::tsquery) AS rank FROM messages m
      WHERE m.conversation_id = t.conversation_id AND m.deleted_at IS NULL AND m.tsv @@ ${query}::tsquery
      ORDER BY rank DESC, m.id LIMIT ${textsPerTicket}
    ) found
    WHERE t.id = ANY(${[...ticketIds]}::bigint[])
    ORDER BY t.id, found.rank DESC, found.id`.execute(db);
  return rows.map((row) => ({
    ticketId: row.ticket_id,
    bySender: row.staff ? "staff" : "customer",
    text: row.text,
    searched: row.searched,
  }));
}
