import { sql } from "kysely";
import type { CommandContext, CommandLimits } from "../../src/commands/context.js";
import { createUser } from "../../src/commands/create-user.js";
import type { FillContext } from "../../src/commands/fill-agent.js";
import { Gate } from "../../src/commands/gate.js";
import { Intake } from "../../src/commands/intake.js";
import type { Database } from "../../src/db/database.js";
import type { Actor } from "../../src/domain/policy.js";

export const limits: CommandLimits = { AGEING_HORIZON_HOURS: 24, REOPEN_WITHIN_HOURS: 72, TICKET_CAPACITY: 15 };

let made = 0;

/** What a test does with a desk that has only a database: no API, no queue, no sockets. */
export interface Desk {
  db: Database;
  as(actor: Actor): CommandContext;
  agent(options?: { name?: string; capacity?: number }): Promise<Actor & { id: number }>;
  /** A customer's message, stored as the API stores it; the ticket's id. */
  message(options?: { userId?: string; body?: string }): Promise<number>;
  close(): Promise<void>;
}

export async function openDesk(db: Database): Promise<Desk> {
  const intake = new Intake({ db, limits, wake: () => undefined, flushRows: 256, flushes: 2, queueMax: 10_000 });
  await intake.start();
  return {
    db,
    as: (actor) => ({ db, actor, requestId: "test-request", limits, wake: () => undefined }),
    agent: async ({ name = `Agent ${++made}`, capacity = 15 } = {}) => {
      const user = await createUser({ db }, { role: "agent", name, email: null, password: null, capacity });
      return { kind: "user", id: user.id, role: "agent", name };
    },
    message: async ({ userId = `U${++made}`, body = "When will my loan be disbursed?" } = {}) => {
      const view = await intake.receive({ userId, body, channel: "api", requestId: "test-request" });
      return view.id;
    },
    close: () => intake.stop(),
  };
}

/** What a fill is given in tests. */
export function fills(db: Database): FillContext {
  const gate = new Gate({ concurrency: 8, queueMax: 10_000, waitMs: 30_000, refusal: "Too many at once." });
  return { db, gate, requestId: "test-request", wake: () => undefined };
}

/** Waiting tickets, the first one due first. */
export async function waitingTickets(
  desk: Desk,
  count: number,
  { queue = "general", ...from }: { queue?: string; userId?: string } = {},
): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < count; n++) {
    const id = await desk.message(from);
    ids.push(id);
    await desk.db.kysely
      .updateTable("tickets")
      .set({ due_at: sql<Date>`now() + make_interval(secs => ${n})`, queue })
      .where("id", "=", id)
      .execute();
  }
  return ids;
}

/** Nobody works here any more, and nothing was ever said or told. */
export async function clearDesk(db: Database): Promise<void> {
  await db.pool.query("UPDATE agents SET deleted_at = now()");
  await db.pool.query("DELETE FROM conversations");
  await db.pool.query("DELETE FROM outbox");
}

export const admin: Actor = { kind: "user", id: null, role: "admin", name: "Admin" };

/** A ticket's row. */
export function ticketRow(db: Database, id: number) {
  return db.kysely.selectFrom("tickets").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}

/** The types and reasons of all events of a ticket so far, in order. */
export async function toldOf(db: Database, ticketId: number): Promise<string[]> {
  const rows = await db.kysely
    .selectFrom("outbox")
    .innerJoin("tickets", (join) => join.on("tickets.id", "=", ticketId))
    .select(["outbox.type", "outbox.payload", "outbox.stream", "tickets.conversation_id"])
    .orderBy("outbox.id")
    .execute();
  return rows
    .filter((row) => row.stream === `conversation:${row.conversation_id}` || row.payload.message_id === ticketId)
    .map((row) => (row.type === "message_update" ? `message_update ${row.payload.reason}` : row.type));
}
