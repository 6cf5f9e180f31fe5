import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetIdleGuests } from "../../../src/commands/forget-idle-guests.js";
import { registerGuest } from "../../../src/commands/register-guest.js";
import { createTokens } from "../../../src/runtime/tokens.js";
import { type Desk, openDesk } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  test_ = await createTestDatabase();
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const tokens = createTokens({ secret: "t".repeat(40), previousSecrets: [], accessTtlS: 900 });
const run = (text: string, values: unknown[] = []) => test_.db.pool.query(text, values);

/** A guest of that age in hours, whose session has ended or not. */
async function guest(hours: number, session: "open" | "ended"): Promise<{ id: number; userId: string }> {
  const opened = await registerGuest({ db: test_.db, tokens, refreshTtlS: 3600, sessionsMax: 5 }, undefined);
  const id = opened.user.id;
  await run("UPDATE users SET created_at = now() - $2 * interval '1 hour' WHERE id = $1", [id, hours]);
  if (session === "ended") await run("DELETE FROM refresh_tokens WHERE user_id = $1", [id]);
  const { rows } = await run("SELECT user_id FROM customers WHERE id = $1", [id]);
  return { id, userId: rows[0].user_id };
}

test("who never wrote and cannot come back is forgotten; nobody else", async () => {
  const idle = await guest(25, "ended");
  const young = await guest(23, "ended");
  const back = await guest(25, "open");
  const wrote = await guest(25, "ended");
  await desk.message({ userId: wrote.userId, body: "Where is my money?" });
  const listens = await guest(25, "ended");
  await run("INSERT INTO conversations (id, kind) VALUES (900001, 'direct')");
  await run("INSERT INTO participants (conversation_id, user_id, role) VALUES (900001, $1, 'member')", [listens.id]);
  // A site may name its customers as it likes.
  await run(
    "WITH u AS (INSERT INTO users (role, created_at) VALUES ('customer', '2020-01-01') RETURNING id) INSERT INTO customers (id, user_id) SELECT id, 'guest:of-mine' FROM u",
  );
  expect(await forgetIdleGuests(desk)).toBe(1);
  const { rows } = await run("SELECT user_id FROM customers WHERE user_id LIKE 'guest:%' ORDER BY id");
  expect(rows.map((row) => row.user_id)).toEqual([
    ...[young, back, wrote, listens].map((one) => one.userId),
    "guest:of-mine",
  ]);
  expect((await run("SELECT 1 FROM users WHERE id = $1", [idle.id])).rows).toEqual([]);
  expect(await forgetIdleGuests(desk)).toBe(0);
});
