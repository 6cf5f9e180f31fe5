import { afterEach, expect, it } from "vitest";
import type { Database } from "../../../src/db/database.js";
import { retried } from "../../../src/db/transaction.js";
import { testRandom } from "../../support/random.js";
import { type Lines, leavings, openLines, ways } from "./lines.js";

let lines: Lines;
afterEach(() => lines.close());

const standing = "status = 'pending' AND parked_at IS NULL AND channel <> 'socket'";
/** What is behind nothing, or could not be behind anything; of any moment there is none. */
const forgotten = `
  SELECT f.id FROM deliveries f WHERE f.behind AND NOT (${standing} AND EXISTS (
    SELECT FROM deliveries o WHERE o.conversation_id = f.conversation_id AND o.id < f.id
      AND o.webhook_id IS NOT DISTINCT FROM f.webhook_id AND ${standing.replaceAll(/\b(status|parked_at|channel)\b/g, "o.$1")}))`;
const firstsOrParked = `
  SELECT id FROM deliveries WHERE status = 'pending' AND parked_at IS NOT NULL
  UNION SELECT min(id) FROM deliveries WHERE ${standing} GROUP BY conversation_id`;
const again =
  "UPDATE deliveries SET status = 'pending', next_attempt_at = now(), last_error = 'x' WHERE id = $1 AND status = 'pending'";
const retry = `
  UPDATE deliveries SET status = 'pending', next_attempt_at = now(), parked_at = coalesce(parked_at, now()) WHERE id = $1
    AND (status = 'failed' OR parked_at IS NOT NULL AND status = 'pending')`;
const unpark = "UPDATE deliveries SET parked_at = NULL, next_attempt_at = now() WHERE id = $1 AND status = 'pending'";
const inTime = "UPDATE deliveries SET next_attempt_at = now() WHERE id = $1 AND behind";
const results = [leavings.sent, leavings.sent, leavings.dead, leavings.parked, leavings.deleted, again];
/** What people and other processes do to any that is there. */
const meddling = [leavings.deleted, leavings.dead, retry, unpark, inTime];

async function quiet(): Promise<void> {
  // What was left under way, and what is parked, is settled; all else must go by itself.
  await lines.query("UPDATE deliveries SET status = 'failed' WHERE status = 'pending' AND parked_at IS NOT NULL");
  await lines.query("UPDATE deliveries SET next_attempt_at = now() WHERE status = 'pending' AND NOT behind");
  for (;;) {
    const { claimed, more } = await lines.claim(8);
    for (const { id } of claimed) await lines.query(leavings.sent, [id]);
    if (claimed.length === 0 && !more) break;
  }
  expect(await lines.query("SELECT id FROM deliveries WHERE status = 'pending'")).toEqual([]);
}

for (const way of ways) {
  it(`${way}: whatever is done, only the first of a line is taken, and nothing is behind nothing`, async () => {
    lines = await openLines(way);
    const random = testRandom();
    const talks = await Promise.all(Array.from({ length: 4 }, () => lines.conversation()));
    const underWay: number[] = [];
    const any = async () => {
      const rows = await lines.query<{ id: number }>("SELECT id FROM deliveries ORDER BY id");
      return rows[random.below(Math.max(1, rows.length))]?.id ?? null;
    };
    const done = { claimed: 0, behind: 0 };
    for (let step = 0; step < 400; step++) {
      const what = random.below(10);
      if (what < 2) await lines.add(talks[random.below(4)] ?? 0, 1 + random.below(4));
      else if (what < 5) {
        const may = await lines.query<{ id: number }>(firstsOrParked);
        const { claimed } = await lines.claim(1 + random.below(5));
        for (const { id } of claimed) expect(may).toContainEqual({ id });
        underWay.push(...claimed.map(({ id }) => id));
        done.claimed += claimed.length;
      } else if (what < 8) {
        const [id] = underWay.splice(random.below(Math.max(1, underWay.length)), 1);
        if (id !== undefined) await lines.query(results[random.below(results.length)] ?? "", [id]);
      } else await lines.query(meddling[random.below(meddling.length)] ?? "", [await any()]);
      expect(await lines.query(forgotten), `seed ${random.seed}, step ${step}`).toEqual([]);
      done.behind += (await lines.query("SELECT FROM deliveries WHERE behind")).length;
    }
    expect(done.claimed).toBeGreaterThan(50);
    expect(done.behind).toBeGreaterThan(50);
    await quiet();
  });

  it(`${way}: several at once, in transactions that cross: at no moment is anything behind nothing`, async () => {
    lines = await openLines(way);
    const random = testRandom();
    const talks = await Promise.all(Array.from({ length: 3 }, () => lines.conversation()));
    const talk = () => talks[random.below(3)] ?? 0;
    let put = 0;
    const alive = async (on: Database) => {
      const rows = await on.pool.query<{ id: number }>(
        "SELECT id FROM deliveries WHERE status = 'pending' ORDER BY id",
      );
      return rows.rows[random.below(Math.max(1, rows.rows.length))]?.id ?? null;
    };
    /** Settles some, in one transaction that is open for a while. */
    const settle = (on: Database, ids: readonly number[]) =>
      retried(on, async () => {
        await on.pool.query("BEGIN");
        try {
          for (const id of ids) {
            await on.pool.query(results[random.below(results.length)] ?? "", [id]);
            await on.pool.query("SELECT count(*) FROM pg_class");
          }
          await on.pool.query("COMMIT");
        } catch (error) {
          await on.pool.query("ROLLBACK");
          throw error;
        }
      });
    async function work(on: Database): Promise<void> {
      for (let step = 0; step < 120; step++) {
        const what = random.below(10);
        if (what < 3) await lines.add(talk(), 1 + random.below(3), on);
        else if (what < 8)
          await settle(
            on,
            (await lines.claim(1 + random.below(4), on)).claimed.map(({ id }) => id),
          );
        else
          await retried(on, async () =>
            on.pool.query(meddling[random.below(meddling.length)] ?? "", [await alive(on)]),
          );
      }
    }
    let working = true;
    const watch = async () => {
      while (working) {
        expect(await lines.query(forgotten), `seed ${random.seed}`).toEqual([]);
        put += (await lines.query("SELECT FROM deliveries WHERE behind")).length;
      }
    };
    const workers = ["one", "two", "three", "four"].map((name) => work(lines.connection(name)));
    const watching = watch();
    await Promise.all(workers).finally(() => {
      working = false;
    });
    await watching;
    expect(put).toBeGreaterThan(20);
    expect(await lines.query(forgotten), `seed ${random.seed}`).toEqual([]);
    await quiet();
  });
}
