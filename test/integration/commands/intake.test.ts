import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Intake } from "../../../src/commands/intake.js";
import { storeMessages } from "../../../src/db/queries/store-messages.js";
import { limits } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.drop());

const open = (options: Partial<ConstructorParameters<typeof Intake>[0]> = {}) =>
  new Intake({
    db: test_.db,
    limits,
    wake: () => undefined,
    flushRows: 256,
    flushes: 2,
    queueMax: 10_000,
    ...options,
  });

const from = (userId: string, body: string) => ({ userId, body, channel: "api", requestId: null });

describe("the intake", () => {
  test("answers each message with its own ticket, and all are on disk by then", async () => {
    const intake = open();
    const views = await Promise.all(
      Array.from({ length: 300 }, (_, index) => intake.receive(from(`U${index % 7}`, `message ${index}`))),
    );
    expect(new Set(views.map((view) => view.id)).size).toBe(300);
    const rows = await test_.db.kysely
      .selectFrom("tickets")
      .innerJoin("messages", "messages.id", "tickets.opening_message_id")
      .innerJoin("customers", "customers.id", "tickets.customer_id")
      .select(["tickets.id", "messages.text", "customers.user_id"])
      .execute();
    const stored = new Map(rows.map((row) => [row.id, row]));
    for (const [index, view] of views.entries()) {
      expect(view).toMatchObject({
        body: `message ${index}`,
        user_id: `U${index % 7}`,
        status: "unassigned",
        version: 1,
      });
      expect(stored.get(view.id)).toMatchObject({ text: `message ${index}`, user_id: `U${index % 7}` });
    }
    const customer = await test_.db.kysely
      .selectFrom("customers")
      .select(["open_tickets", "total_tickets"])
      .where("user_id", "=", "U3")
      .executeTakeFirstOrThrow();
    expect(customer).toEqual({ open_tickets: 43, total_tickets: 43 });
    await intake.stop();
  });

  test("tells of each message on both streams, with its request and its job", async () => {
    const intake = open();
    const view = await intake.receive({ ...from("told", "Hello?"), requestId: "req-1" });
    const told = await test_.db.kysely
      .selectFrom("outbox")
      .select(["stream", "type", "payload", "stage", "request_id"])
      .where("request_id", "=", "req-1")
      .orderBy("id")
      .execute();
    expect(told).toMatchObject([
      {
        stream: "agents",
        type: "message_new",
        stage: "score",
        payload: {
          message_id: view.id,
          status: "unassigned",
          body: "Hello?",
          user_id: "told",
          created_at: view.created_at,
        },
      },
      {
        stream: `conversation:${view.conversation_id}`,
        type: "message:new",
        stage: null,
        payload: { message: { seq: 1, text: "Hello?", type: "text", sent_at: view.created_at } },
      },
    ]);
    await intake.stop();
  });

  test("a message that the database refuses fails alone", async () => {
    const intake = open();
    const results = await Promise.allSettled([
      ...Array.from({ length: 20 }, (_, index) => intake.receive(from("good", `fine ${index}`))),
      intake.receive(from("bad", "a NUL \u0000 in the middle")),
      ...Array.from({ length: 20 }, (_, index) => intake.receive(from("good", `fine too ${index}`))),
    ]);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(40);
    expect(results[20]).toMatchObject({ status: "rejected", reason: { code: "invalid_body" } });
    await intake.stop();
  });

  test("a flush that is sent again stores nothing twice and answers the same", async () => {
    const message = { ...from("again", "Only once"), intakeId: randomUUID() };
    const store = async () => {
      const client = await test_.db.pool.connect();
      try {
        await client.query("BEGIN");
        const stored = await storeMessages(client, [message], 24);
        await client.query("COMMIT");
        return stored.get(message.intakeId);
      } finally {
        client.release();
      }
    };
    const first = await store();
    const second = await store();
    expect(second?.ticketId).toBe(first?.ticketId);
    const customer = await test_.db.kysely
      .selectFrom("customers")
      .select("total_tickets")
      .where("user_id", "=", "again")
      .executeTakeFirstOrThrow();
    expect(customer.total_tickets).toBe(1);
    const told = await test_.db.kysely
      .selectFrom("outbox")
      .select("id")
      .where("stream", "=", `conversation:${first?.conversationId}`)
      .execute();
    expect(told).toHaveLength(1);
  });

  test("a connection that is cut in the middle of a flush loses and doubles nothing", async () => {
    const intake = open();
    const sent = Array.from({ length: 200 }, (_, index) => intake.receive(from(`cut${index}`, `cut ${index}`)));
    await test_.db.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'switchboard-test'`,
    );
    const results = await Promise.allSettled(sent);
    const answered = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.id] : []));
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "unavailable" });
    }
    const { rows } = await test_.db.pool.query(
      `SELECT t.id FROM tickets t JOIN customers c ON c.id = t.customer_id WHERE c.user_id LIKE 'cut%'`,
    );
    const stored = new Set(rows.map((row: { id: number }) => row.id));
    for (const id of answered) expect(stored.has(id)).toBe(true);
    const doubles = await test_.db.pool.query(
      `SELECT text FROM messages WHERE text LIKE 'cut %' GROUP BY text HAVING count(*) > 1`,
    );
    expect(doubles.rows).toEqual([]);
    await intake.stop();
  });

  test("refuses what it has no room for, and stops only when all is stored", async () => {
    const intake = open({ queueMax: 10, flushes: 1, flushRows: 4 });
    const results = Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => intake.receive(from("crowd", `crowd ${index}`))),
    );
    await intake.stop();
    expect(intake.waiting).toBe(0);
    const settled = await results;
    expect(settled.filter((result) => result.status === "fulfilled")).toHaveLength(10);
    expect(
      settled.filter((result) => result.status === "rejected" && result.reason.code === "overloaded"),
    ).toHaveLength(20);
    await expect(intake.receive(from("late", "too late"))).rejects.toMatchObject({ code: "unavailable" });
  });
});
