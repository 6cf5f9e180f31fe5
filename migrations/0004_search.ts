import { type Kysely, sql } from "kysely";

/**
 * What is searched is the text without accents and signs, and two lists that no index answered have one.
 * Locks: messages against all, while the column `tsv` is made anew for every row (the table is rewritten, its index built:
 * about a minute a million messages; tickets wait with it); tickets against writes while the two indexes are built.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [search, tickets]) await sql.raw(statement).execute(db);
}

// Postgres' parser drops what stands between < and >, takes `a/b` and `paid.Please` for one word, and in some locales a
// sign beyond ASCII for a letter. So signs are spaces, one for one, and letters lose their accents; a search goes the
// same way. The ranges are code points: no locale has a say. NFC keeps the place of each letter that has no accent.
const search = String.raw`
CREATE FUNCTION searchable(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT translate(CASE WHEN octet_length(said) = length(said) THEN said ELSE
    regexp_replace(
      normalize(regexp_replace(normalize(said, NFD), '[\u0300-\u036f]+', '', 'g'), NFC),
      '[\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20ff\u2190-\u2bff'
      '\u2e00-\u2e7f\u3000-\u303f\ue000-\uf8ff\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\ufffc-\ufffd'
      '\U0001f000-\U0001fbff\U000e0000-\U0010ffff]', ' ', 'g')
    END, '<>/._@&~', '        ')
$$;
ALTER TABLE messages DROP COLUMN tsv;
ALTER TABLE messages ADD COLUMN tsv tsvector GENERATED ALWAYS AS (to_tsvector('english', searchable(text))) STORED;
CREATE INDEX messages_tsv ON messages USING gin (tsv);
`;

// Neither is written when a message comes in: it waits, and has no level yet.
const tickets = `
CREATE INDEX tickets_taken ON tickets (due_at, id) WHERE status <> 'unassigned';
CREATE INDEX tickets_level ON tickets (urgency_level, id) WHERE urgency_level IS NOT NULL;
`;
