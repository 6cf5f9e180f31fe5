import { sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fanOutEvents } from "../../../src/commands/fan-out-events.js";
import { openDatabase } from "../../../src/db/database.js";
import { outboxEvent } from "../../../src/db/outbox.js";
import { claimForWebhook, dueWebhooks } from "../../../src/db/queries/claim-deliveries.js";
import { until } from "../../support/until.js";
import { WebhookReceiver } from "../../support/webhook-receiver.js";
import { type CourierDesk, openCourierDesk } from "./courier-desk.js";

let desk: CourierDesk;
beforeEach(async () => {
  desk = await openCourierDesk();
});
afterEach(() => desk.close());

const day = { logKeptMs: 7 * 86_400_000 };
const countOf = async (webhookId: number) =>
  (await desk.query<{ n: number }>("SELECT count(*)::int AS n FROM deliveries WHERE webhook_id = $1", [webhookId]))[0]
    ?.n ?? 0;
const webhook = async () => (await desk.webhook("https://hooks.example.test/", { events: ["read"] })).id;

async function readEvents(count: number): Promise<void> {
  await desk.query(
    `INSERT INTO outbox (stream, type, payload)
     SELECT 'conversation:' || (1000000 + n), 'read', '{"user_id": 1}' FROM generate_series(1, $1::int) n`,
    [count],
  );
  await desk.bite();
}

async function fanOut(): Promise<void> {
  while ((await fanOutEvents(desk.db, day)).more);
}

it("a webhook that takes nothing is given no more than it could take at once; its events wait in the log until it does", async () => {
  const [dead, alive] = [await webhook(), await webhook()];
  await desk.query("UPDATE webhooks SET last_sent_at = now() WHERE id = $1", [alive]);
  await readEvents(3500);
  await fanOut();
  expect([await countOf(alive), await countOf(dead)]).toEqual([3500, 1000]);
  expect(await fanOutEvents(desk.db, day)).toEqual({ made: 0, more: false });
  // It works again.
  await desk.query("UPDATE webhooks SET last_sent_at = now() WHERE id = $1", [dead]);
  await fanOut();
  expect(await countOf(dead)).toBe(3500);
});

it("what it could not take at once does not count, and what grows old in the log is given after all", async () => {
  const dead = await webhook();
  await readEvents(2500);
  await fanOut();
  await desk.query("UPDATE deliveries SET next_attempt_at = now() + interval '1 hour' WHERE id % 2 = 0");
  await fanOut();
  expect(await countOf(dead)).toBe(2000);
  expect((await fanOutEvents(desk.db, day)).made).toBe(0);
  const soonGone = { logKeptMs: 1 };
  expect((await fanOutEvents(desk.db, soonGone)).made).toBe(500);
});

it("taking reads what is due and its own conversations, whatever waits elsewhere, before anything was analysed", async () => {
  const [busy, own] = [await webhook(), await webhook()];
  const { rows: made } = await sql<{ id: number }>`
    INSERT INTO conversations (kind) SELECT 'direct' FROM generate_series(1, 300) RETURNING id`.execute(desk.db.kysely);
  const ids = made.map(({ id }) => id);
  await desk.query("ALTER TABLE deliveries SET (autovacuum_enabled = off)");
  const insert = (webhookId: number, each: number) =>
    desk.query(
      `INSERT INTO deliveries (webhook_id, channel, event_seq, event_type, conversation_id)
       SELECT $1, 'webhook', n, 'read', ($2::bigint[])[1 + n % 300] FROM generate_series(1, $3::int) n`,
      [webhookId, ids, each],
    );
  // Statements of this connection were prepared, if they were, while the table was empty.
  const db = openDatabase({ url: desk.url, name: "taking", poolMax: 1 });
  try {
    const take = async (webhookId: number) =>
      (await claimForWebhook(db.kysely, { webhookId, limit: 30, leaseMs: 60_000 })).claimed;
    for (let n = 0; n < 8; n++) expect([await take(busy), await dueWebhooks(db.kysely)]).toEqual([[], []]);
    await insert(busy, 30_000);
    await insert(own, 300);
    const entries = async () => {
      const { rows } = await sql<{ n: number }>`
        SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid))::int AS n FROM pg_index
        WHERE indrelid = 'deliveries'::regclass`.execute(db.kysely);
      return rows[0]?.n ?? 0;
    };
    await sql`BEGIN`.execute(db.kysely);
    const before = await entries();
    expect((await dueWebhooks(db.kysely)).map(({ id }) => id)).toEqual([busy, own]);
    const taken = await take(own);
    const read = (await entries()) - before;
    await sql`COMMIT`.execute(db.kysely);
    expect(taken).toHaveLength(30);
    expect(read).toBeLessThan(30 * 20);
  } finally {
    await db.close();
  }
});

it("a courier goes through all that stands behind something at once, to what comes after it, and does not wait to look again", async () => {
  const receiver = await new WebhookReceiver().start();
  try {
    const { id: webhookId } = await desk.webhook(receiver.url, { events: ["read"] });
    const { rows: talks } = await sql<{ id: number }>`
      INSERT INTO conversations (kind) VALUES ('direct'), ('direct') RETURNING id`.execute(desk.db.kysely);
    const [held, free] = [talks[0]?.id ?? 0, talks[1]?.id ?? 0];
    const payload = { user_id: 1, up_to: 1, read_at: "2026-01-31T12:00:00.000Z", message_ids: [] };
    const read = async (conversation: number) => {
      await desk.events([outboxEvent({ stream: `conversation:${conversation}`, type: "read", payload })]);
      await fanOut();
    };
    receiver.act = ({ body }) =>
      body.data.stream === `conversation:${held}` ? { kind: "hang" } : { kind: "answer", status: 204 };
    await read(held);
    await desk.query(
      `INSERT INTO deliveries (webhook_id, channel, event_seq, event_type, conversation_id)
       SELECT $1, 'webhook', 1000000 + n, 'read', $2 FROM generate_series(1, 3000) n`,
      [webhookId, held],
    );
    await desk.query("UPDATE webhooks SET last_sent_at = now()");
    await read(free);
    await desk.courier({ deadlineMs: 60_000, lookEveryMs: 60_000 });
    await until(() => receiver.calls.length === 2, "both to be called");
    expect(receiver.calls.map(({ body }) => body.data.stream)).toEqual([
      `conversation:${held}`,
      `conversation:${free}`,
    ]);
    expect(await desk.query("SELECT 1 FROM deliveries WHERE attempts > 0")).toHaveLength(2);
  } finally {
    await receiver.stop();
  }
});
