import { type Kysely, sql } from "kysely";

/**
 * Who is in which conversation's room, at which relay. Unlogged: after a crash of the server it is empty, and relays write
 * theirs again within 5 s. A missing row proves nothing (DESIGN.md 7). Locks: nothing that is there already.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [table, ...indexes]) await sql.raw(statement).execute(db);
}

// No foreign keys: a row outlives a user or a conversation by 15 s at most, and locks nothing of them.
const table = `
CREATE UNLOGGED TABLE presence (
  conversation_id bigint NOT NULL,
  user_id         bigint NOT NULL,
  relay_id        uuid NOT NULL,
  expires_at      timestamptz NOT NULL,
  PRIMARY KEY (conversation_id, user_id, relay_id)
)`;

const indexes = [
  "CREATE INDEX presence_relay ON presence (relay_id, conversation_id, user_id)",
  "CREATE INDEX presence_expiry ON presence (expires_at)",
];
