import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordAudit } from "../../../src/commands/audit.js";
import { listAudit } from "../../../src/db/queries/audit.js";
import { inTransaction } from "../../../src/db/transaction.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const admin = { kind: "user" as const, id: 7, name: "Ada", role: "admin" as const };
const ctx = { actor: admin, requestId: "req-1" };

test("a row is there with its act, and not without it", async () => {
  const { db } = database;
  const failed = inTransaction(db, async (tx) => {
    await recordAudit(tx, ctx, { action: "queue.create", subject: { kind: "queue", id: "lost" } });
    throw new Error("the act failed");
  });
  await expect(failed).rejects.toThrow("the act failed");
  await inTransaction(db, (tx) =>
    recordAudit(tx, ctx, {
      action: "queue.update",
      subject: { kind: "queue", id: "loans" },
      before: { topics: ["a"] },
      after: { topics: ["b"] },
    }),
  );
  const rows = await listAudit(db.kysely, { filters: {}, limit: 10 });
  expect(rows).toEqual([
    {
      id: expect.any(Number),
      at: expect.any(Date),
      actorKind: "user",
      actorId: 7,
      actorName: "Ada",
      action: "queue.update",
      subjectKind: "queue",
      subjectId: "loans",
      before: { topics: ["a"] },
      after: { topics: ["b"] },
      requestId: "req-1",
    },
  ]);
});

test.each([
  ["UPDATE", "UPDATE audit_log SET actor_name = 'nobody'"],
  ["UPDATE of nothing", "UPDATE audit_log SET actor_name = 'nobody' WHERE false"],
  ["DELETE", "DELETE FROM audit_log"],
  ["TRUNCATE", "TRUNCATE audit_log"],
  ["DELETE as a replica", "SET LOCAL session_replication_role = replica; DELETE FROM audit_log"],
])("%s is refused, to the owner of the table too", async (_, statement) => {
  const { db } = database;
  const before = await listAudit(db.kysely, { filters: {}, limit: 10 });
  expect(before).not.toEqual([]);
  const client = await db.pool.connect();
  try {
    await client.query("BEGIN");
    await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
  expect(await listAudit(db.kysely, { filters: {}, limit: 10 })).toEqual(before);
});

test.each([
  { password: "x" },
  { user: { password_hash: "x" } },
  { refresh_token: "x" },
  { key: "x" },
  { list: [{ api_key: "x" }] },
])("what is named as a secret is no audit row: %j", async (after) => {
  const { db } = database;
  const act = inTransaction(db, async (tx) => {
    await sql`INSERT INTO queues (name) VALUES ('never')`.execute(tx);
    await recordAudit(tx, ctx, { action: "user.create", subject: { kind: "user", id: 1 }, after });
  });
  await expect(act).rejects.toThrow("must not hold");
  expect(await db.kysely.selectFrom("queues").select("name").where("name", "=", "never").execute()).toEqual([]);
});

test("that there is a secret may be said", async () => {
  const { db } = database;
  const after = { has_password: true, token_version: 3, fields: ["password"] };
  await recordAudit(db.kysely, ctx, { action: "user.update", subject: { kind: "user", id: 1 }, after });
  const [row] = await listAudit(db.kysely, { filters: { action: "user.update" }, limit: 1 });
  expect(row?.after).toEqual(after);
});

test("a customer who acts has no name in the log", async () => {
  const { db } = database;
  const customer = { kind: "user" as const, id: 9, name: "Carol Customer", role: "customer" as const };
  await recordAudit(
    db.kysely,
    { actor: customer, requestId: null },
    {
      action: "user.password",
      subject: { kind: "user", id: 9 },
    },
  );
  const [row] = await listAudit(db.kysely, { filters: { actorId: 9 }, limit: 1 });
  expect(row).toMatchObject({ actorId: 9, actorName: "", before: null, after: null });
});
