import { afterEach, expect, it } from "vitest";
import { fanOutEvents } from "../../../src/commands/fan-out-events.js";
import { webhooksBehind } from "../../../src/db/queries/webhooks-behind.js";
import { type Lines, leavings, openLines, rowsRead, ways } from "./lines.js";

let lines: Lines;
afterEach(() => lines.close());

const many = 50_000;
const idsOf = ({ claimed }: { claimed: { id: number }[] }) => claimed.map(({ id }) => id);
const behind = async () =>
  (
    await lines.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM deliveries d WHERE behind AND conversation_id = (SELECT min(id) FROM conversations)",
    )
  )[0]?.n ?? 0;

for (const way of ways) {
  it(`${way}: with 50,000 pending behind one, a claim looks at some hundreds, then at none; its plans are from an empty table`, async () => {
    lines = await openLines(way);
    await lines.query("ALTER TABLE deliveries SET (autovacuum_enabled = off)");
    const worker = lines.connection("worker");
    for (let n = 0; n < 3; n++) expect(await lines.claim(32, worker)).toEqual({ claimed: [], more: false });
    const talk = await lines.conversation();
    const early = await lines.add(talk, 1);
    expect(idsOf(await lines.claim(32, worker))).toEqual(early);
    await worker.pool.query(leavings.sent, early);
    // What went before, in this conversation and elsewhere, and what a customer has yet to read.
    await lines.query(
      `INSERT INTO deliveries (webhook_id, channel, conversation_id, status, sent_at)
       SELECT $1, $2, $3, 'sent', now() FROM generate_series(1, 10000)`,
      [way === "webhook" ? lines.webhookId : null, way === "webhook" ? "webhook" : "email", talk],
    );
    const [front] = await lines.add(talk, 1);
    const [elsewhere] = await lines.add(await lines.conversation(), 1);
    const followers = await lines.add(talk, many);
    await lines.query(
      `WITH said AS (INSERT INTO messages (conversation_id, seq, text) VALUES ($1, 1, 'x') RETURNING id)
       UPDATE deliveries SET message_id = said.id FROM said WHERE deliveries.id = $2`,
      [talk, followers[0]],
    );
    // Other conversations, each with one that was sent and one that stands behind something.
    await lines.query(
      `WITH talks AS (INSERT INTO conversations (kind) SELECT 'direct' FROM generate_series(1, 3000) RETURNING id)
       INSERT INTO deliveries (webhook_id, channel, conversation_id, status, sent_at, behind, next_attempt_at)
       SELECT $1, $2, id, v.status, v.sent_at, v.sent_at IS NULL, now() + interval '5 minutes' FROM talks
       CROSS JOIN (VALUES ('sent', now()), ('pending', NULL), ('pending', NULL)) v(status, sent_at)`,
      [way === "webhook" ? lines.webhookId : null, way === "webhook" ? "webhook" : "email"],
    );

    const first = await rowsRead(worker, async () => {
      expect(await lines.claim(32, worker)).toMatchObject({ claimed: [{ id: front }, { id: elsewhere }], more: true });
    });
    const looked = await behind();
    expect(looked).toBeGreaterThan(400);
    expect(looked).toBeLessThan(700);
    expect(first).toBeLessThan(looked * 12);

    await lines.query(
      "UPDATE deliveries SET behind = true, next_attempt_at = now() + interval '5 minutes' WHERE status = 'pending' AND id > $1",
      [elsewhere],
    );
    await lines.query("VACUUM deliveries");
    const idle = await rowsRead(worker, async () => {
      expect(await lines.claim(32, worker)).toEqual({ claimed: [], more: false });
    });
    expect(idle).toBeLessThan(20);

    const leaving = await rowsRead(worker, () => worker.pool.query(leavings.sent, [front]));
    expect(leaving).toBeLessThan(20);
    expect(await lines.row(followers[0])).toMatchObject({ behind: false, due: true });
    const next = await rowsRead(worker, async () => {
      expect(idsOf(await lines.claim(32, worker))).toEqual([followers[0]]);
    });
    expect(next).toBeLessThan(50);
    expect(await lines.row(followers[0])).toMatchObject({ outOfOrder: false, attempts: 1 });

    // One after which nothing waits finds that at once, too.
    const last = await rowsRead(worker, () => worker.pool.query(leavings.sent, [elsewhere]));
    expect(last).toBeLessThan(20);
  });

  it(`${way}: claims that are asked for more go through all of it, and put each off once`, async () => {
    lines = await openLines(way);
    const talk = await lines.conversation();
    const ids = await lines.add(talk, 3000);
    const alone = await lines.add(await lines.conversation(), 1);
    const claimed: number[] = [];
    let claims = 0;
    for (let more = true; more; claims++) {
      const look = await lines.claim(8);
      claimed.push(...idsOf(look));
      more = look.more;
    }
    expect(claimed).toEqual([ids[0], ...alone]);
    expect(claims).toBeLessThan(10);
    expect(await behind()).toBe(2999);
  });

  it(`${way}: a whole line that goes at once costs no walk for each`, async () => {
    lines = await openLines(way);
    const talk = await lines.conversation();
    await lines.add(talk, 3000);
    await lines.claim(8);
    const worker = lines.connection("worker");
    const read = await rowsRead(worker, () =>
      worker.pool.query("DELETE FROM deliveries WHERE conversation_id = $1", [talk]),
    );
    expect(read).toBeLessThan(3000 * 8);
  });
}

it("a webhook that takes nothing is given no more where a thousand stand behind something", async () => {
  lines = await openLines("webhook");
  const talk = await lines.conversation();
  await lines.query(
    `INSERT INTO events (seq, stream, pos, type, payload, created_at)
     SELECT n, 'conversation:' || $1, n, 'read', '{"user_id": 1}', now() FROM generate_series(1, 10) n`,
    [talk],
  );
  await lines.query("UPDATE sequencer SET last_seq = 10");
  await lines.add(talk, 1000);
  while ((await lines.claim(8)).more);
  expect(await behind()).toBe(999);
  expect(await webhooksBehind(lines.db.kysely, { logKeptMs: 86_400_000 })).toEqual([lines.webhookId]);
  await lines.add(talk, 1);
  while ((await lines.claim(8)).more);
  expect(await fanOutEvents(lines.db, { logKeptMs: 86_400_000 })).toEqual({ made: 0, more: false });
});
