import { type Kysely, sql } from "kysely";

/**
 * The order of deliveries has an index of its own: what stands before one in its conversation, and what went after it, is
 * one probe each, however long the conversation and whatever waits elsewhere. Events, which are no replies, leave the
 * unique index of the replies. Locks `deliveries` for writers while the three indexes are built.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(indexes).execute(db);
}

const indexes = `
CREATE INDEX deliveries_order ON deliveries (webhook_id, conversation_id, status, id) WHERE webhook_id IS NOT NULL;
DROP INDEX deliveries_ahead;
-- What waits on a conversation's stream for its customer: looked for at each of its reads.
CREATE INDEX deliveries_unread ON deliveries (conversation_id) WHERE status = 'pending' AND channel = 'socket';
CREATE UNIQUE INDEX deliveries_message ON deliveries (message_id, channel) WHERE message_id IS NOT NULL;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_message_id_channel_key;
`;
