import { randomBytes } from "node:crypto";
import type { Database } from "../../../src/db/database.js";
import { accessToken } from "../../access-token.js";
import type { Desk } from "../../desk.js";
import { insertTicket } from "../insert-ticket.js";
import { removePeople } from "../stage-set.js";
import { forgedTokens } from "./forged-tokens.js";
import { insertMatter, insertThread, insertUpload, saidIn } from "./insert-thread.js";
import { Marks } from "./marks.js";
import type { Owned, Party, Reader } from "./rules.js";

/** Somebody who calls. */
export interface Actor extends Reader {
  name: string;
  party: Party;
  /** A customer's outside id. */
  userId: string | null;
  /** What it shows. */
  headers: Record<string, string>;
  /** For sockets; null: it has none. */
  token: string | null;
}

/** Whom and what isolation is tried on. */
export interface IsolationStage {
  marks: Marks;
  actors: Actor[];
  queues: { a: string; b: string };
  /** Tickets and the customer whose they are; more join as they are made. */
  tickets: Map<number, number>;
  conversations: Map<number, number>;
  /** Threads, what was said anywhere and what was begun there, with the customers whose they are. */
  threads: Map<number, readonly number[]>;
  said: Map<number, readonly number[]>;
  matters: { disputes: Map<number, readonly number[]>; payments: Map<number, readonly number[]> };
  /** A thread of two customers that nobody opened, so that nobody who plays deletes it. */
  shared: { threadId: number };
  /** By customer, those with whom it shares a thread. */
  peers: Map<number, readonly number[]>;
  /** Uploads that no message uses, by whoever uploaded them. */
  uploads: Map<number, number>;
  /**
   * A thread of two that play no part, what was said and begun in it, and uploads of theirs that no message uses: the
   * thread is for admins to read, for all others as good as none; the uploads are nobody's who plays.
   */
  apart: { threadId: number; messageId: number; disputeId: number; paymentId: number; uploadIds: number[] };
  customers: { id: number; userId: string }[];
  agentIds: number[];
  /** A ticket of a customer that plays no part, in queue b, held by an agent that plays none: nothing touches it. */
  sealed: { ticketId: number; conversationId: number; customerId: number };
  /** Customers of all tickets that were made: removed with the run, also where their tickets are gone. */
  writers: Set<number>;
  /** Ids that were made in a collection, and that may be changed and deleted there. */
  made: Map<string, number[]>;
  remove(): Promise<void>;
}

const ticketsEach = 6;

/**
 * Makes the actors and their rows in plain SQL. Every agent lists queues of the run only, which have a topic of their own:
 * none pulls anybody else's work, and nobody theirs.
 */
export async function makeIsolationStage(desk: Desk): Promise<IsolationStage> {
  const { db } = desk;
  const run = randomBytes(4).toString("hex");
  const marks = new Marks(run);
  const queues = { a: `verify-${run}-a`, b: `verify-${run}-b` };
  const tickets = new Map<number, number>();
  const conversations = new Map<number, number>();
  const ids: number[] = [];
  const made = new Map<string, number[]>();
  const writers = new Set<number>();
  const remove = () => removeRun(db, run, [...ids, ...writers], made);
  try {
    await db.pool.query("INSERT INTO queues (name, topics) VALUES ($1, ARRAY[$1]), ($2, ARRAY[$2])", [
      queues.a,
      queues.b,
    ]);
    const user = async (role: string, name: string, email: string | null, hash: string | null = null) => {
      const { rows } = await db.pool.query<{ id: number }>(
        "INSERT INTO users (role, name, email, password_hash) VALUES ($1, $2, $3, $4) RETURNING id",
        [role, name, email, hash],
      );
      const id = Number(rows[0]?.id);
      ids.push(id);
      return id;
    };
    const agent = async (name: string, listed: string[], hash: string | null = null) => {
      const id = await user("agent", `${name} ${run}`, `${name}-${run}@verify.invalid`, hash);
      await db.pool.query("INSERT INTO agents (id, capacity) VALUES ($1, 10)", [id]);
      await db.pool.query("INSERT INTO agent_queues (agent_id, queue) SELECT $1, unnest($2::text[])", [id, listed]);
      return id;
    };
    const customer = async (owned: (id: number) => Owned, hash: string | null = null, peers: number[] = []) => {
      const id = await user("customer", "", null, hash);
      const userId = `verify-${run}-${marks.make(owned(id))}`;
      const mark = () => marks.make(owned(id));
      const name = marks.make({ ...owned(id), alsoFor: peers });
      await db.pool.query("UPDATE users SET name = $2 WHERE id = $1", [id, name]);
      await db.pool.query(
        "INSERT INTO customers (id, user_id, email, phone, attributes) VALUES ($1, $2, $3, $4, jsonb_build_object('plan', $5::text))",
        [id, userId, `${mark()}@verify.invalid`, mark(), mark()],
      );
      return { id, userId };
    };
    const signed = async (name: string, party: Party, id: number, extra: Partial<Actor> = {}): Promise<Actor> => {
      const token = await accessToken(desk, id);
      return {
        name,
        party,
        id,
        userId: null,
        queues: [],
        headers: { authorization: `Bearer ${token}` },
        token,
        ...extra,
      };
    };
    const secret = () => marks.make({ label: "secret", ownerId: 0 });

    const adminId = await user("admin", `Admin ${run}`, `admin-${run}@verify.invalid`);
    const agents = [
      { name: "agent of both", id: await agent("both", [queues.a, queues.b]), queues: [queues.a, queues.b] },
      { name: "agent of a", id: await agent("a", [queues.a]), queues: [queues.a] },
      { name: "agent of b", id: await agent("b", [queues.b]), queues: [queues.b] },
    ];
    const keeper = await agent("keeper", [queues.b], secret());
    const ofCustomer = (id: number): Owned => ({ label: "customer", ownerId: id });
    const [ofFirst, ofSecond]: number[][] = [[], []];
    const first = await customer(ofCustomer, null, ofFirst);
    const second = await customer(ofCustomer, null, ofSecond);
    const customers = [first, second];
    ofFirst?.push(second.id);
    ofSecond?.push(first.id);
    const peers = new Map([
      [first.id, [second.id]],
      [second.id, [first.id]],
    ]);
    const hidden = await customer(() => ({ label: "sealed", ownerId: keeper, queue: queues.b }), secret());

    for (const [index, { id }] of customers.entries()) {
      for (let n = 0; n < ticketsEach; n++) {
        const holder = [null, agents[0]?.id, agents[index + 1]?.id][n % 3] ?? null;
        const queue = n % 2 === 0 ? queues.a : queues.b;
        const texts = {
          text: `My loan ${marks.make(ofCustomer(id))} is late`,
          note: { agentId: keeper, text: `Seen ${marks.make({ label: "note", ownerId: id })}` },
        };
        const row = await insertTicket(db, { customerId: id, holder, queue, ...texts });
        tickets.set(row.id, id);
        conversations.set(row.conversationId, id);
      }
    }
    const sealing = () => marks.make({ label: "sealed", ownerId: keeper, queue: queues.b });
    const kept = await insertTicket(db, {
      ...{ customerId: hidden.id, holder: keeper, queue: queues.b },
      ...{ text: `Sealed ${sealing()}`, note: { agentId: keeper, text: `Sealed note ${sealing()}` } },
    });
    const sealed = { ticketId: kept.id, conversationId: kept.conversationId, customerId: hidden.id };

    const word = () => marks.make({ label: "apart", ownerId: hidden.id });
    const apart = await insertThread(db, {
      ...{ between: [hidden.id, keeper], title: `Apart ${word()}`, text: `Apart ${word()}`, file: `${word()}.txt` },
    });
    const ofBoth = () => marks.make({ label: "customer", ownerId: first.id, alsoFor: [second.id] });
    const both = [first.id, second.id] as const;
    const shared = await insertThread(db, {
      ...{ between: both, opened: false, title: `Ours ${ofBoth()}`, text: `Between us ${ofBoth()}` },
      file: `${ofBoth()}.txt`,
    });
    const threads = new Map<number, readonly number[]>([[shared.threadId, both]]);
    const said = await saidIn(db, conversations);
    said.set(shared.messageId, both);
    const matters = {
      disputes: new Map([[await insertMatter(db, "disputes", shared.threadId, first.id, ofBoth()), both]]),
      payments: new Map([[await insertMatter(db, "payments", shared.threadId, second.id, ofBoth()), both]]),
    };
    const apartMatters = {
      disputeId: await insertMatter(db, "disputes", apart.threadId, hidden.id, word()),
      paymentId: await insertMatter(db, "payments", apart.threadId, hidden.id, word()),
    };
    const uploads = new Map<number, number>();
    for (const uploader of [...customers, ...agents]) {
      const marked = () =>
        marks.make(
          customers.some(({ id }) => id === uploader.id) ? ofCustomer(uploader.id) : { label: "staff", ownerId: 0 },
        );
      for (let n = 0; n < ticketsEach; n++) uploads.set(await insertUpload(db, uploader.id, marked()), uploader.id);
    }
    const uploadIds = [await insertUpload(db, hidden.id, secret()), await insertUpload(db, keeper, secret())];

    const nobody = { id: null, userId: null, queues: [] };
    const forged = await forgedTokens(desk, adminId);
    const bearer = (name: string, party: Party, token: string): Actor => ({
      ...{ ...nobody, name, party, token },
      headers: { authorization: `Bearer ${token}` },
    });
    const actors = [
      await signed("admin", "admin", adminId),
      ...(await Promise.all(
        agents.map(({ name, id, queues: listed }) => signed(name, "agent", id, { queues: listed })),
      )),
      ...(await Promise.all(
        customers.map(({ id, userId }, index) => signed(`customer ${index + 1}`, "customer", id, { userId })),
      )),
      { ...nobody, name: "no token", party: "none" as const, headers: {}, token: null },
      bearer("expired token", "expired", forged.expired),
      bearer("another issuer's token", "elsewhere", forged.elsewhere),
      bearer("a token signed by somebody else", "forged", forged.otherSecret),
      bearer("an unsigned token", "forged", forged.unsigned),
    ];
    const agentIds = agents.map(({ id }) => id);
    const chats = {
      ...{ conversations, threads, said, matters, peers, uploads, shared: { threadId: shared.threadId } },
      apart: { ...apart, ...apartMatters, uploadIds },
    };
    return { marks, actors, queues, tickets, ...chats, customers, agentIds, sealed, writers, made, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Everything of the run: whoever bears its mark or was made by it, with what they left. */
async function removeRun(db: Database, run: string, ids: number[], made: Map<string, number[]>): Promise<void> {
  const like = `%${run}%`;
  const users = [...ids, ...(made.get("/api/users/") ?? []), ...(made.get("/api/agents/") ?? [])];
  const { rows } = await db.pool.query<{ id: number }>(
    `SELECT u.id FROM users u LEFT JOIN customers c ON c.id = u.id
     WHERE u.id = ANY($1::bigint[]) OR u.name LIKE $2 OR u.email LIKE $2 OR c.user_id LIKE $2`,
    [users, like],
  );
  await removePeople(
    db,
    rows.map((row) => Number(row.id)),
  );
  await db.pool.query("DELETE FROM canned_replies WHERE title LIKE $1 OR text LIKE $1", [like]);
  await db.pool.query("DELETE FROM api_keys WHERE name LIKE $1", [like]);
  await db.pool.query("DELETE FROM webhooks WHERE name LIKE $1", [like]);
  await db.pool.query("DELETE FROM queues WHERE name LIKE $1", [like]);
}
