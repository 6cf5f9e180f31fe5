import { randomBytes } from "node:crypto";
import { accessToken } from "../../access-token.js";
import type { Desk } from "../../desk.js";
import { Failure } from "../../failure.js";
import { HttpClient } from "../../http-client.js";
import type { Receiver } from "./receiver.js";

/** What the run has on the desk. */
export interface DeliveryGround {
  conversationIds: number[];
  /** Has events sent to a receiver; the webhook's id. */
  subscribe(receiver: Receiver, name: string): Promise<number>;
  /** Adds `count` events to conversations of the run, in one transaction. */
  say(count: number): Promise<void>;
  remove(): Promise<void>;
}

/** Conversations of a customer of the run's own, in which only the run says something, and webhooks; all gone after it. */
export async function makeDeliveryGround(
  desk: Desk,
  options: { url: string; conversations: number; below: (limit: number) => number },
): Promise<DeliveryGround> {
  const { pool } = desk.db;
  const run = `deliveries${randomBytes(4).toString("hex")}`;
  const http = new HttpClient(options.url, 2);
  const remove = async () => {
    http.close();
    await pool.query("DELETE FROM webhooks WHERE name LIKE $1", [`${run} %`]);
    await pool.query("DELETE FROM conversations WHERE title = $1", [run]);
    await pool.query("DELETE FROM users WHERE name LIKE $1", [`${run} %`]);
  };
  try {
    const user = async (role: string): Promise<number> => {
      const sql = "INSERT INTO users (role, name) VALUES ($1, $2) RETURNING id";
      return Number((await pool.query<{ id: number }>(sql, [role, `${run} ${role}`])).rows[0]?.id);
    };
    const [adminId, customerId] = [await user("admin"), await user("customer")];
    const { rows } = await pool.query<{ id: number }>(
      `INSERT INTO conversations (kind, title, created_by)
       SELECT 'direct', $1, $2 FROM generate_series(1, $3::int) RETURNING id`,
      [run, customerId, options.conversations],
    );
    const conversationIds = rows.map((row) => Number(row.id));
    const token = await accessToken(desk, adminId);
    return {
      conversationIds,
      subscribe: async (receiver, name) => {
        const body = { name: `${run} ${name}`, url: receiver.url, events: ["read"] };
        const made = await http.call({ method: "POST", path: "/api/webhooks/", token, body });
        if (made.status === 400) {
          throw new Failure("the desk does not call receivers on this machine: start it with OUTBOUND_ALLOW=127.0.0.1");
        }
        if (made.status !== 201)
          throw new Failure(`POST /api/webhooks/ answered ${made.status} ${String(made.body.detail)}`);
        receiver.secret = String(made.body.secret);
        return Number(made.body.id);
      },
      say: async (count) => {
        const chosen = Array.from({ length: count }, () => conversationIds[options.below(conversationIds.length)]);
        await pool.query(
          `INSERT INTO outbox (stream, type, payload)
           SELECT 'conversation:' || id, 'read', jsonb_build_object('user_id', $2::bigint, 'up_to', n, 'read_at', now())
           FROM unnest($1::bigint[]) WITH ORDINALITY AS t(id, n)`,
          [chosen, customerId],
        );
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
