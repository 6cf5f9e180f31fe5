import { type RawBuilder, sql } from "kysely";

/** Below that many characters a trigram index is no help: only the exact outside id is looked for. */
const shortestPart = 3;
const peopleMax = 200;

/** An ILIKE pattern for "contains this text", whatever the text holds; null when it is too short for one. */
export function containsPattern(text: string): string | null {
  if (text.trim().length < shortestPart) return null;
  return `%${text.trim().replace(/[\\%_]/g, "\\$&")}%`;
}

/**
 * The customers that a search means, as `(id, rank)`: the exact outside id first, then those whose name or outside id
 * holds the text. One branch for each index; an OR over both tables could use neither. A few hundred at most.
 */
export function peopleNamed(search: string): RawBuilder<unknown> {
  const like = containsPattern(search);
  const exact = sql`SELECT id, 3::real AS rank FROM customers WHERE user_id = ${search.trim()}`;
  if (like === null) return exact;
  return sql`
    ${exact}
    UNION ALL (SELECT id, 1 + similarity(user_id, ${search}) FROM customers WHERE user_id ILIKE ${like} LIMIT ${peopleMax})
    UNION ALL (SELECT id, 1 + similarity(name, ${search}) FROM users
               WHERE role = 'customer' AND name ILIKE ${like} LIMIT ${peopleMax})`;
}
