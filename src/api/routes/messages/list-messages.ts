import { z } from "zod";
import { type ListMessagesQuery, listMessagesQuery } from "../../../contract/http/message-requests.js";
import { messagePageSchema } from "../../../contract/http/messages.js";
import type { Database } from "../../../db/database.js";
import { listMessages, type MessageFilters } from "../../../db/queries/list-messages.js";
import { findTexts, parseSearch, searchMessages } from "../../../db/queries/search-messages.js";
import type { Sight } from "../../../domain/visibility.js";
import type { Caller } from "../../caller.js";
import { decodeCursor, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentHighlights } from "../../presenters/highlights.js";
import { presentMessage } from "../../presenters/message.js";

const due = z.iso.datetime({ precision: 6 });
const listPlace = (order: string) => z.object({ order: z.literal(order), id: z.int().nonnegative(), due });
const searchPlace = (order: string) => listPlace(order).extend({ rank: z.number() });

function filtersOf(query: ListMessagesQuery, caller: Caller): MessageFilters {
  const { status, level, topic, queue, user_id: userId, assigned_to: assignedTo } = query;
  const assigneeId =
    assignedTo === undefined
      ? undefined
      : assignedTo === "none"
        ? null
        : assignedTo === "me"
          ? (caller.actor.id ?? -1)
          : Number(assignedTo);
  return { status, level, topic, queue, userId, assigneeId };
}

async function list(db: Database, query: ListMessagesQuery, filters: MessageFilters, sight: Sight) {
  const order = query.order ?? "newest";
  const after = decodeCursor(listPlace(order), query.cursor);
  const rows = await listMessages(db.kysely, { filters, order, after, limit: query.limit + 1, sight });
  return pageOf(
    rows,
    query.limit,
    ({ message }) => presentMessage(message),
    ({ place }) => ({ order, ...place }),
  );
}

async function search(db: Database, query: ListMessagesQuery, filters: MessageFilters, sight: Sight, words: string) {
  const order = query.order ?? "rank";
  const after = decodeCursor(searchPlace(order), query.cursor);
  const parsed = await parseSearch(db.kysely, words);
  const options = { search: words, parsed, filters, order, after, limit: query.limit + 1, sight } as const;
  const rows = await searchMessages(db.kysely, options);
  const shown = rows.slice(0, query.limit).map(({ message }) => message.id);
  const texts = await findTexts(db.kysely, parsed.query, shown);
  return pageOf(
    rows,
    query.limit,
    ({ message }) => ({
      ...presentMessage(message),
      highlights: presentHighlights(
        message.customer,
        texts.filter((text) => text.ticketId === message.id),
        words,
      ),
    }),
    ({ place }) => ({ order, ...place }),
  );
}

/** Messages, narrowed and in order; with `search` ranked, and shown where the words are. */
export const listMessagesEndpoint = endpoint({
  method: "get",
  path: "/api/messages/",
  tag: "Messages",
  summary: "List, filter and search messages",
  policy: "message.list",
  limit: "search",
  query: listMessagesQuery,
  answers: { 200: { description: "A page of messages; with search: with highlights", schema: messagePageSchema } },
  refusals: [],
  run: async ({ query, caller, context, sight }) => {
    const filters = filtersOf(query, caller);
    const words = (query.search ?? query.q ?? "").trim();
    const page =
      words === ""
        ? await list(context.db, query, filters, sight)
        : await search(context.db, query, filters, sight, words);
    return { status: 200, body: page };
  },
});
