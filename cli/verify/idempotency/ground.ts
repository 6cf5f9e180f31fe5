import { randomBytes } from "node:crypto";
import { accessToken } from "../../access-token.js";
import type { Desk } from "../../desk.js";
import { insertTicket, type TicketRow } from "../insert-ticket.js";
import { removePeople } from "../stage-set.js";
import { insertMatter, insertThread, type ThreadRow } from "./insert-thread.js";

/** Somebody of a ground, with what it shows. */
export interface Person {
  id: number;
  token: string;
}

/**
 * What one call is tried on, all of it fresh: two agents, who list one queue of their own, a customer, and things that are
 * made on demand. Everything of it bears `mark`, so that plain SQL finds whatever the calls did.
 */
export interface Ground {
  mark: string;
  queue: string;
  admin: Person;
  agent: Person;
  other: Person;
  customer: Person & { userId: string };
  /** A ticket of the customer; without a holder it waits. */
  ticket(state: "waiting" | "held" | "closed"): Promise<TicketRow>;
  /** A thread of the customer and both agents, which the customer opened, and in which the first agent said something. */
  thread(): Promise<ThreadRow>;
  /** A dispute or payment that the customer began in such a thread. */
  matter(table: "disputes" | "payments"): Promise<number>;
  canned(): Promise<number>;
  prompt(): Promise<number>;
  /** A delivery that died, of a webhook that is called by nobody. */
  deadLetter(): Promise<number>;
  /** A customer whose address takes no mail. */
  bounced(): Promise<number>;
  /** A user who is nobody in this: to be changed or removed. */
  person(role: "agent" | "customer"): Promise<number>;
  /** What an earlier call of an admin made: the id in its answer. */
  make(path: string, body: Record<string, unknown>): Promise<number>;
}

export interface Grounds {
  admins: [Person, Person];
  next(): Promise<Ground>;
  remove(): Promise<void>;
}

/** Makes grounds on a desk, and removes all of them. `post` sends one plain call as that person. */
export async function openGrounds(
  desk: Desk,
  post: (path: string, as: Person, body: unknown) => Promise<{ status: number; body: Record<string, unknown> }>,
): Promise<Grounds> {
  const { pool } = desk.db;
  const run = `vi${randomBytes(4).toString("hex")}`;
  let count = 0;
  const ids: number[] = [];
  const user = async (role: string, name: string): Promise<Person> => {
    const { rows } = await pool.query<{ id: number }>(
      "INSERT INTO users (role, name, email) VALUES ($1, $2, $3) RETURNING id",
      [role, name, `${name.replaceAll(" ", ".")}@verify.invalid`],
    );
    const id = Number(rows[0]?.id);
    // One that is erased meanwhile bears no mark any more.
    ids.push(id);
    if (role === "agent") await pool.query("INSERT INTO agents (id, capacity) VALUES ($1, 10)", [id]);
    if (role === "customer")
      await pool.query("INSERT INTO customers (id, user_id) VALUES ($1, $2)", [id, `${name} id`]);
    return { id, token: await accessToken(desk, id) };
  };
  const admins: [Person, Person] = [await user("admin", `${run} admin 1`), await user("admin", `${run} admin 2`)];
  const next = async (): Promise<Ground> => {
    const mark = `${run}n${++count}z`;
    const queue = mark;
    await pool.query("INSERT INTO queues (name, topics) VALUES ($1, ARRAY[$1])", [queue]);
    const [agent, other, customer] = [
      await user("agent", `${mark} 1`),
      await user("agent", `${mark} 2`),
      await user("customer", `${mark} 3`),
    ];
    await pool.query("INSERT INTO agent_queues (agent_id, queue) SELECT unnest($1::bigint[]), $2", [
      [agent.id, other.id],
      queue,
    ]);
    const [admin] = admins;
    return {
      ...{ mark, queue, admin, agent, other },
      customer: { ...customer, userId: `${mark} 3 id` },
      ticket: (state) =>
        insertTicket(desk.db, {
          ...{ customerId: customer.id, queue, text: `My loan is late (${mark})` },
          ...{ holder: state === "waiting" ? null : agent.id, closed: state === "closed" },
        }),
      thread: () => insertThread(desk.db, [customer.id, agent.id, other.id], mark),
      matter: async (table) => {
        const thread = await insertThread(desk.db, [customer.id, agent.id, other.id], mark);
        return insertMatter(desk.db, table, thread.id, customer.id);
      },
      canned: async () => {
        const sql = "INSERT INTO canned_replies (title, text) VALUES ($1, $1) RETURNING id";
        const { rows } = await pool.query<{ id: number }>(sql, [`Canned ${mark}`]);
        return Number(rows[0]?.id);
      },
      prompt: async () => {
        const sql = "INSERT INTO prompts (title, text) VALUES ($1, $1) RETURNING id";
        const { rows } = await pool.query<{ id: number }>(sql, [`Prompt ${mark}`]);
        return Number(rows[0]?.id);
      },
      person: async (role) => (await user(role, `${mark} ${role} ${++count}`)).id,
      bounced: async () => {
        const { id } = await user("customer", `${mark} bounced ${++count}`);
        const sql = "UPDATE customers SET email = $2 WHERE id = $1 RETURNING email";
        const { rows } = await pool.query<{ email: string }>(sql, [id, `${mark}-${count}@verify.invalid`]);
        await pool.query("INSERT INTO email_bounces (address, code, answer) VALUES ($1, 550, 'verify')", [
          rows[0]?.email,
        ]);
        return id;
      },
      deadLetter: async () => {
        const sql = `
          WITH hook AS (INSERT INTO webhooks (name, url, secret, disabled_at, disabled_reason)
                        VALUES ($1, 'https://verify.invalid/', '', now(), 'verify') RETURNING id)
          INSERT INTO deliveries (webhook_id, channel, event_seq, event_type, status, last_error)
          SELECT id, 'webhook', 0, 'read', 'failed', 'verify' FROM hook RETURNING id`;
        const { rows } = await pool.query<{ id: number }>(sql, [`Hook ${mark}`]);
        return Number(rows[0]?.id);
      },
      make: async (path, body) => {
        const { status, body: made } = await post(path, admin, body);
        if (status !== 201) throw new Error(`POST ${path} answered ${status} ${String(made.detail)}`);
        return Number(made.id);
      },
    };
  };
  return { admins, next, remove: () => removeRun(desk, run, ids) };
}

async function removeRun({ db }: Desk, run: string, ids: readonly number[]): Promise<void> {
  const like = `%${run}%`;
  const { rows } = await db.pool.query<{ id: number }>(
    `SELECT u.id FROM users u LEFT JOIN customers c ON c.id = u.id
     WHERE u.id = ANY($2::bigint[]) OR u.name LIKE $1 OR u.email LIKE $1 OR c.user_id LIKE $1`,
    [like, ids],
  );
  await removePeople(
    db,
    rows.map((row) => Number(row.id)),
  );
  await db.pool.query("DELETE FROM canned_replies WHERE title LIKE $1 OR text LIKE $1", [like]);
  await db.pool.query("DELETE FROM prompts WHERE title LIKE $1", [like]);
  await db.pool.query("DELETE FROM api_keys WHERE name LIKE $1", [like]);
  await db.pool.query("DELETE FROM webhooks WHERE name LIKE $1", [like]);
  await db.pool.query("DELETE FROM email_bounces WHERE address LIKE $1", [like]);
  await db.pool.query("DELETE FROM queues WHERE name LIKE $1", [like]);
}
