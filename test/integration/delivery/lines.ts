import { sql } from "kysely";
import { type Database, openDatabase } from "../../../src/db/database.js";
import { type Claimed, claimForWebhook, claimMails } from "../../../src/db/queries/claim-deliveries.js";
import { createTestDatabase } from "../../support/test-database.js";

export type Way = "webhook" | "mail";
export const ways: Way[] = ["webhook", "mail"];

export interface LineRow {
  id: number;
  status: string;
  parked: boolean;
  behind: boolean;
  due: boolean;
  attempts: number;
  outOfOrder: boolean;
}

/** A database with a webhook and conversations whose deliveries a test makes, claims and settles by itself. */
export async function openLines(way: Way) {
  const database = await createTestDatabase();
  const { db } = database;
  const query = async <T>(text: string, values: unknown[] = []) => (await db.pool.query(text, values)).rows as T[];
  const id = async (text: string) => (await query<{ id: number }>(text))[0]?.id ?? 0;
  const webhookId = await id(
    "INSERT INTO webhooks (url, secret, events) VALUES ('https://h.example', 's', '{read}') RETURNING id",
  );
  const others: Database[] = [];

  return {
    db,
    query,
    webhookId,
    url: database.url,
    /** A pool of one connection. */
    connection: (name: string) => {
      const other = openDatabase({ url: database.url, name, poolMax: 1 });
      others.push(other);
      return other;
    },
    conversation: () => id("INSERT INTO conversations (kind) VALUES ('direct') RETURNING id"),
    /** Deliveries at the end of a conversation's line; their ids. */
    add: async (conversation: number, count = 1, on: Database = db) => {
      const { rows } = await on.pool.query<{ id: number }>(
        `INSERT INTO deliveries (webhook_id, channel, conversation_id)
         SELECT $1, $2, $3 FROM generate_series(1, $4::int) RETURNING id`,
        [way === "webhook" ? webhookId : null, way === "webhook" ? "webhook" : "email", conversation, count],
      );
      return rows.map((row) => row.id);
    },
    claim: (limit: number, on: Database = db): Promise<Claimed> => {
      const look = { limit, leaseMs: 60_000 };
      return way === "webhook" ? claimForWebhook(on.kysely, { ...look, webhookId }) : claimMails(on.kysely, look);
    },
    rows: (conversation: number) =>
      query<LineRow>(
        `SELECT id, status, parked_at IS NOT NULL AS parked, behind, next_attempt_at <= now() AS due, attempts,
                out_of_order AS "outOfOrder"
         FROM deliveries WHERE conversation_id = $1 ORDER BY id`,
        [conversation],
      ),
    row: async (which: number | undefined) =>
      (
        await query<LineRow>(
          `SELECT id, status, parked_at IS NOT NULL AS parked, behind, next_attempt_at <= now() AS due, attempts,
                  out_of_order AS "outOfOrder" FROM deliveries WHERE id = $1`,
          [which],
        )
      )[0],
    close: async () => {
      await Promise.all(others.map((other) => other.close()));
      await database.drop();
    },
  };
}

export type Lines = Awaited<ReturnType<typeof openLines>>;

/** How one that stands in front stops standing there. */
export const leavings = {
  sent: "UPDATE deliveries SET status = 'sent', sent_at = now() WHERE id = $1 AND status = 'pending'",
  dead: "UPDATE deliveries SET status = 'failed' WHERE id = $1 AND status = 'pending'",
  parked:
    "UPDATE deliveries SET parked_at = now(), next_attempt_at = now() + interval '1 day' WHERE id = $1 AND status = 'pending'",
  deleted: "DELETE FROM deliveries WHERE id = $1",
} as const;

/** Rows that `run` reads on a connection, of `deliveries` itself and of its indexes. */
export async function rowsRead(on: Database, run: () => Promise<unknown>): Promise<number> {
  const read = async () => {
    const { rows } = await sql<{ n: number }>`
      SELECT (pg_stat_get_xact_tuples_returned('deliveries'::regclass)
              + (SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index
                 WHERE indrelid = 'deliveries'::regclass))::int AS n`.execute(on.kysely);
    return rows[0]?.n ?? 0;
  };
  await sql`BEGIN`.execute(on.kysely);
  const before = await read();
  await run();
  const after = await read();
  await sql`COMMIT`.execute(on.kysely);
  return after - before;
}
