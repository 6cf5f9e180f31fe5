import { type Kysely, sql } from "kysely";

/**
 * What the bot costs, and who waits for it. Locks: conversations against writes while an index of the bot's is built.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(bot).execute(db);
}

// Days are UTC. A day's sum stays when its conversations go.
const bot = `
CREATE TABLE bot_days (
  day    date PRIMARY KEY,
  tokens bigint NOT NULL DEFAULT 0
);
CREATE TABLE bot_usage (
  conversation_id bigint PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
  tokens          bigint NOT NULL DEFAULT 0
);
CREATE INDEX conversations_bot ON conversations (last_message_at, id) WHERE kind = 'bot';
`;
