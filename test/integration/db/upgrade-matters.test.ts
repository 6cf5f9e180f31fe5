import { randomBytes } from "node:crypto";
import { Migrator } from "kysely";
import pg from "pg";
import { expect, inject, test } from "vitest";
import { migrations } from "../../../migrations/index.js";
import { openDatabase } from "../../../src/db/database.js";
import { migrateUp } from "../../../src/db/migrate.js";

// A desk as it was before 0015, with rows, is brought up to date.

const onServer = async (sql: string) => {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

test("disputes, payments and threads that are there fit what 0015 asks of them", async () => {
  const name = `t_${randomBytes(6).toString("hex")}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${name}`;
  const db = openDatabase({ url: url.href, name: "switchboard-test", poolMax: 1 });
  try {
    const migrator = new Migrator({ db: db.kysely, provider: { getMigrations: async () => migrations } });
    const { error } = await migrator.migrateTo("0014_disabled_agents");
    expect(error).toBeUndefined();
    const users = "INSERT INTO users (id, role) SELECT n, 'customer' FROM generate_series(2001, 2002) n";
    const talks = `INSERT INTO conversations (id, kind, last_message_at, created_at) VALUES
      (1, 'direct', '2026-01-02', '2026-01-01'), (2, 'direct', NULL, '2026-01-03'), (3, 'support', '2026-01-04', '2026-01-04')`;
    const people = `INSERT INTO participants (conversation_id, user_id, role) VALUES
      (1, 2001, 'member'), (1, 2002, 'member'), (2, 2001, 'member'), (3, 2001, 'customer')`;
    const disputes = `INSERT INTO disputes (conversation_id, subject, description, status) VALUES
      (1, 'a', 'a', 'open'), (1, 'b', 'b', 'under_review'), (1, 'c', 'c', 'rejected')`;
    const payments =
      "INSERT INTO payments (conversation_id, amount, status) VALUES (1, 5, 'initiated'), (1, 6, 'completed')";
    for (const sql of [users, talks, people, disputes, payments]) await db.pool.query(sql);
    expect((await migrateUp(url.href)).map(({ migrationName }) => migrationName)).toContain("0015_matters");
    const read = async (sql: string) => (await db.pool.query(sql)).rows;
    expect(await read("SELECT status, changed_at = updated_at AS marked FROM disputes ORDER BY id")).toEqual([
      { status: "open", marked: null },
      { status: "under_review", marked: true },
      { status: "rejected", marked: true },
    ]);
    expect(await read("SELECT status, changed_at IS NOT NULL AS marked FROM payments ORDER BY id")).toEqual([
      { status: "initiated", marked: false },
      { status: "completed", marked: true },
    ]);
    expect(
      await read(`SELECT conversation_id AS id, user_id, talk_at = coalesce(last_message_at, created_at) AS placed
                  FROM participants p JOIN conversations c ON c.id = conversation_id ORDER BY 1, 2`),
    ).toEqual([
      { id: 1, user_id: 2001, placed: true },
      { id: 1, user_id: 2002, placed: true },
      { id: 2, user_id: 2001, placed: true },
      { id: 3, user_id: 2001, placed: null },
    ]);
    for (const wrong of [
      "UPDATE disputes SET status = 'resolved' WHERE status = 'open'",
      "UPDATE payments SET status = 'refunded' WHERE status = 'initiated'",
      "UPDATE payments SET status = 'lost', changed_at = now()",
      "UPDATE disputes SET note = repeat('x', 2001)",
    ]) {
      await expect(db.pool.query(wrong)).rejects.toMatchObject({ code: "23514" });
    }
  } finally {
    await db.close();
    await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
});
