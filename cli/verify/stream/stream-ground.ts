import { randomBytes } from "node:crypto";
import { accessToken } from "../../access-token.js";
import type { Desk } from "../../desk.js";
import { insertTicket } from "../insert-ticket.js";

/** What a run of `verify stream` says its events about, and by whom it watches. */
export interface StreamGround {
  /** Of an admin of the run's own. */
  token: string;
  ticketId: number;
  remove(): Promise<void>;
}

const tokenTtlS = 86_400;

/** An admin, and a ticket in a queue that nobody serves; both gone after the run. */
export async function makeStreamGround(desk: Desk): Promise<StreamGround> {
  const { pool } = desk.db;
  const run = `stream${randomBytes(4).toString("hex")}`;
  const queue = `verify-${run}`;
  const remove = async () => {
    const mine = "SELECT id FROM users WHERE name LIKE $1";
    await pool.query(
      `WITH mine AS (SELECT t.id, t.conversation_id FROM tickets t WHERE customer_id IN (${mine})), told AS (
         INSERT INTO outbox (stream, type, payload)
         SELECT 'agents', 'message_deleted', jsonb_build_object('message_id', id) FROM mine)
       DELETE FROM conversations WHERE id IN (SELECT conversation_id FROM mine)`,
      [`${run} %`],
    );
    await pool.query("DELETE FROM users WHERE name LIKE $1", [`${run} %`]);
    await pool.query("DELETE FROM queues WHERE name = $1", [queue]);
  };
  try {
    await pool.query("INSERT INTO queues (name, topics) VALUES ($1, ARRAY[$1])", [queue]);
    const user = async (role: string): Promise<number> => {
      const sql = "INSERT INTO users (role, name) VALUES ($1, $2) RETURNING id";
      const { rows } = await pool.query<{ id: number }>(sql, [role, `${run} ${role}`]);
      return Number(rows[0]?.id);
    };
    const [adminId, customerId] = [await user("admin"), await user("customer")];
    await pool.query("INSERT INTO customers (id, user_id) VALUES ($1, $2)", [customerId, `${run} customer`]);
    const ticket = await insertTicket(desk.db, {
      customerId,
      holder: null,
      queue,
      text: "Verification of the stream.",
    });
    return { token: await accessToken(desk, adminId, tokenTtlS), ticketId: ticket.id, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
