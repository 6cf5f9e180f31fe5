import { afterEach, beforeEach, expect, test } from "vitest";
import { eraseCustomer } from "../../../src/commands/erase-customer.js";
import { settleErasures } from "../../../src/commands/settle-erasures.js";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";
import { admin, type Desk, openDesk } from "../../support/desk.js";
import { brokenStreams, findInTables } from "../../support/dump.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
let desk: Desk;
beforeEach(async () => {
  database = await createTestDatabase();
  desk = await openDesk(database.db);
});
afterEach(async () => {
  await desk.close();
  await database.drop();
});

const rowsOf = async <T extends object>(text: string, values: unknown[] = []) =>
  (await database.db.pool.query<T>(text, values)).rows;
const customerOf = async (userId: string) =>
  (await rowsOf<{ id: number }>("SELECT id FROM customers WHERE user_id = $1", [userId]))[0]?.id ?? 0;

async function bite(): Promise<void> {
  const client = await database.db.pool.connect();
  try {
    while ((await biteOutbox(client)).length > 0);
  } finally {
    client.release();
  }
}

/** Conversations beyond those that one transaction takes, and one of more messages than one statement does. */
async function writeMuch(): Promise<number> {
  for (let index = 0; index < 230; index++) await desk.message({ userId: "writer", body: `xqmany ${index}` });
  const long = await desk.message({ userId: "writer", body: "xqlong" });
  await database.db.pool.query(
    `WITH talk AS (SELECT conversation_id AS id FROM tickets WHERE id = $1),
     said AS (INSERT INTO messages (conversation_id, seq, sender_id, text)
              SELECT talk.id, n, (SELECT customer_id FROM tickets WHERE id = $1), 'xqburst ' || n
              FROM talk, generate_series(2, 6000) n)
     UPDATE conversations SET last_seq = 6000 WHERE id = (SELECT id FROM talk)`,
    [long],
  );
  return customerOf("writer");
}

const idle = () => database.db.pool.query("UPDATE erasures SET touched_at = touched_at - interval '1 minute'");
const progressOf = async () =>
  (
    await rowsOf<{ done_through: number; scrubbed_seq: number | null; finished_at: Date | null }>(
      "SELECT * FROM erasures",
    )
  )[0];
const words = ["xqmany", "xqlong", "xqburst", '"writer"'];

test("an erasure that dies between its steps is gone on with by the sweep, and leaves nothing", async () => {
  const customerId = await writeMuch();
  await bite();
  await desk.message({ userId: "writer", body: "xqmany, not in the log yet" });
  let commits = 0;
  const dying = {
    ...desk.as(admin),
    // After the profile's commit, and after the second batch's rows, before its events.
    wake: () => {
      if (++commits === 3) throw new Error("killed");
    },
  };
  await expect(eraseCustomer(dying, { customerId })).rejects.toThrow("killed");
  expect(await findInTables(database.db, words)).not.toEqual([]);
  expect(await customerOf("writer")).toBe(0);
  expect((await progressOf())?.done_through).toBeGreaterThan(0);
  expect((await progressOf())?.scrubbed_seq).toBeNull();

  const forgotten: string[][] = [];
  const forget = async (streams: readonly string[]) => void forgotten.push([...streams]);
  const ctx = { ...desk.as(admin), requestId: null };
  expect(await settleErasures(ctx, forget), "whoever began it may be at it still").toEqual({
    continued: 0,
    ended: 0,
    failed: [],
  });
  await idle();
  expect(await settleErasures(ctx, forget)).toEqual({ continued: 1, ended: 0, failed: [] });
  expect(await findInTables(database.db, words)).toEqual([]);
  await bite();
  expect(await brokenStreams(database.db)).toEqual([]);
  expect(await findInTables(database.db, words)).toEqual([]);
  const [customer] = await rowsOf("SELECT open_tickets, total_tickets FROM customers WHERE id = $1", [customerId]);
  expect(customer).toEqual({ open_tickets: 0, total_tickets: 232 });
  expect(await rowsOf("SELECT count(*)::int AS n FROM audit_log WHERE action = 'customer.erase'")).toEqual([{ n: 1 }]);
});

test("it ends once all that was said before is published, and copies are forgotten then", async () => {
  const ticket = await desk.message({ userId: "writer", body: "xqmany" });
  await bite();
  const customerId = await customerOf("writer");
  expect(await eraseCustomer(desk.as(admin), { customerId })).toMatchObject({ done: true });
  const ctx = { ...desk.as(admin), requestId: null };
  const forgotten: string[][] = [];
  const forget = async (streams: readonly string[]) => void forgotten.push([...streams]);
  await idle();
  // The sequencer has bitten the events and not published them yet: its copies still have the words.
  expect(await settleErasures(ctx, forget)).toEqual({ continued: 0, ended: 0, failed: [] });
  expect(forgotten).toEqual([]);
  await database.db.pool.query("UPDATE sequencer SET published_seq = last_seq");
  const away = await settleErasures(ctx, () => Promise.reject(new Error("the bus is away")));
  expect(away).toMatchObject({ ended: 0, failed: [{ customerId, error: expect.any(Error) }] });
  expect((await progressOf())?.finished_at).toBeNull();
  expect(await settleErasures(ctx, forget)).toEqual({ continued: 0, ended: 1, failed: [] });
  const [talk] = await rowsOf<{ id: number }>("SELECT conversation_id AS id FROM tickets WHERE id = $1", [ticket]);
  expect(forgotten).toEqual([["agents", `conversation:${talk?.id}`]]);
  await idle();
  expect(await settleErasures(ctx, forget)).toEqual({ continued: 0, ended: 0, failed: [] });
});

test("of a conversation between people only the customer's own words go", async () => {
  await desk.message({ userId: "writer", body: "xqmany" });
  const customerId = await customerOf("writer");
  await desk.message({ userId: "other", body: "hello" });
  const otherId = await customerOf("other");
  const [talk] = await rowsOf<{ id: number }>(
    `WITH talk AS (INSERT INTO conversations (kind, title, created_by, last_seq) VALUES ('direct', 'A job', $1, 2) RETURNING id),
          people AS (INSERT INTO participants (conversation_id, user_id, role)
                     SELECT id, u, 'member' FROM talk, unnest(ARRAY[$1, $2]::bigint[]) u),
          said AS (INSERT INTO messages (conversation_id, seq, sender_id, text)
                   SELECT id, 1, $1, 'xqlong' FROM talk UNION ALL SELECT id, 2, $2, 'kept words' FROM talk)
     SELECT id FROM talk`,
    [customerId, otherId],
  );
  const event = (id: number, text: string) =>
    JSON.stringify({ message: { sender: { id, name: "N", role: "customer" }, text } });
  await database.db.pool.query(
    "INSERT INTO outbox (stream, type, payload) VALUES ($1, 'message:new', $2), ($1, 'message:new', $3)",
    [`conversation:${talk?.id}`, event(customerId, "xqlong"), event(otherId, "kept words")],
  );
  await bite();
  expect(await eraseCustomer(desk.as(admin), { customerId })).toMatchObject({ done: true });
  expect(await findInTables(database.db, words)).toEqual([]);
  const said = await rowsOf(
    "SELECT text, deleted_at IS NULL AS stands FROM messages WHERE conversation_id = $1 ORDER BY seq",
    [talk?.id],
  );
  expect(said).toEqual([
    { text: "", stands: false },
    { text: "kept words", stands: true },
  ]);
  const told = await rowsOf<{ payload: { message: { text: string; sender: { name: string } } } }>(
    "SELECT payload FROM events WHERE stream = $1 ORDER BY pos",
    [`conversation:${talk?.id}`],
  );
  expect(told.map(({ payload: { message } }) => [message.text, message.sender.name])).toEqual([
    ["", ""],
    ["kept words", "N"],
  ]);
});
