import { afterEach, expect, it } from "vitest";
import { retryDelivery } from "../../../src/commands/retry-deliveries.js";
import { admin } from "../../support/desk.js";
import { until } from "../../support/until.js";
import { type Lines, leavings, openLines, rowsRead, type Way, ways } from "./lines.js";

let lines: Lines;
afterEach(() => lines.close());

const idsOf = ({ claimed }: { claimed: { id: number }[] }) => claimed.map(({ id }) => id);

/** A line whose first is under way, and whose others were found to stand behind it. */
async function blocked(way: Way, count = 3) {
  lines = await openLines(way);
  const conversation = await lines.conversation();
  const ids = await lines.add(conversation, count);
  expect(idsOf(await lines.claim(10))).toEqual([ids[0]]);
  expect(await lines.claim(10)).toEqual({ claimed: [], more: false });
  expect((await lines.rows(conversation)).map(({ behind, due }) => [behind, due])).toEqual([
    [false, false],
    ...ids.slice(1).map(() => [true, false]),
  ]);
  return { conversation, ids };
}

for (const way of ways) {
  for (const [what, leave] of Object.entries(leavings)) {
    it(`${way}: what stands behind one that is ${what} is due at once, and goes; the one after it waits on`, async () => {
      const { ids } = await blocked(way);
      await lines.query(leave, [ids[0]]);
      expect(await lines.row(ids[1])).toMatchObject({ behind: false, due: true });
      expect(await lines.row(ids[2])).toMatchObject({ behind: true, due: false });
      expect(idsOf(await lines.claim(10))).toEqual([ids[1]]);
      expect((await lines.row(ids[1]))?.outOfOrder).toBe(what === "parked");
    });
  }

  it(`${way}: one that fails and is tried again goes on holding its line`, async () => {
    const { ids } = await blocked(way);
    await lines.query(
      "UPDATE deliveries SET status = 'pending', next_attempt_at = now(), last_error = 'x' WHERE id = $1",
      [ids[0]],
    );
    expect(await lines.row(ids[1])).toMatchObject({ behind: true, due: false });
    expect(idsOf(await lines.claim(10))).toEqual([ids[0]]);
  });

  it(`${way}: one that leaves from the middle wakes nobody too much; who comes next is found past those that are parked`, async () => {
    const { ids } = await blocked(way, 5);
    await lines.query(leavings.dead, [ids[1]]);
    await lines.query(leavings.parked, [ids[2]]);
    expect(await lines.row(ids[3])).toMatchObject({ behind: true, due: false });
    await lines.query(leavings.sent, [ids[0]]);
    expect((await lines.row(ids[2]))?.behind).toBe(false);
    expect(idsOf(await lines.claim(10))).toEqual([ids[3]]);
  });

  it(`${way}: a parked one that is tried while one after it is on its way says that it is out of order, as that one does`, async () => {
    const { ids } = await blocked(way);
    await lines.query("UPDATE deliveries SET parked_at = now(), next_attempt_at = now() WHERE id = $1", [ids[0]]);
    expect(idsOf(await lines.claim(10))).toEqual([ids[0], ids[1]]);
    expect((await lines.row(ids[0]))?.outOfOrder).toBe(true);
    expect((await lines.row(ids[1]))?.outOfOrder).toBe(true);
    await lines.query("UPDATE deliveries SET parked_at = NULL, next_attempt_at = now() WHERE id = $1", [ids[0]]);
    expect(idsOf(await lines.claim(10))).toEqual([ids[0]]);
    expect((await lines.row(ids[0]))?.outOfOrder).toBe(true);
  });

  it(`${way}: what is retried holds back nobody, and is behind nobody`, async () => {
    const { ids } = await blocked(way, 4);
    await lines.query(leavings.dead, [ids[0]]);
    await lines.query(leavings.dead, [ids[2]]);
    const ctx = { db: lines.db, actor: admin, requestId: null, limits: {} as never, wake: () => undefined };
    await retryDelivery(ctx, { id: ids[0] ?? 0 });
    await retryDelivery(ctx, { id: ids[2] ?? 0 });
    expect((await lines.row(ids[2]))?.behind).toBe(false);
    expect(idsOf(await lines.claim(10))).toEqual([ids[0], ids[1], ids[2]]);
    await lines.query(leavings.sent, [ids[1]]);
    expect(idsOf(await lines.claim(10))).toEqual([ids[3]]);
  });

  it(`${way}: one that is taken out of parking stands in front again; what goes meanwhile is found behind it`, async () => {
    const { ids } = await blocked(way);
    await lines.query(leavings.parked, [ids[0]]);
    await lines.query("UPDATE deliveries SET parked_at = NULL WHERE id = $1", [ids[0]]);
    expect(await lines.claim(10)).toEqual({ claimed: [], more: false });
    expect(await lines.row(ids[1])).toMatchObject({ behind: true, due: false });
    await lines.query(leavings.sent, [ids[0]]);
    expect(idsOf(await lines.claim(10))).toEqual([ids[1]]);
  });

  it(`${way}: many that leave in one statement wake the first that stays`, async () => {
    const { ids } = await blocked(way, 300);
    const connection = lines.connection("leaving");
    const read = await rowsRead(connection, () =>
      connection.pool.query("DELETE FROM deliveries WHERE id = ANY($1)", [ids.slice(0, 250)]),
    );
    expect(read).toBeLessThan(250 * 8);
    expect(idsOf(await lines.claim(10))).toEqual([ids[250]]);
  });

  it(`${way}: a conversation whose own time has come is looked at again, and put off for longer the older it is`, async () => {
    const { ids } = await blocked(way);
    const wait = async () =>
      (
        await lines.query<{ s: number }>(
          "SELECT extract(epoch FROM next_attempt_at - now())::float8 AS s FROM deliveries WHERE id = $1",
          [ids[1]],
        )
      )[0]?.s ?? 0;
    expect(await wait()).toBeGreaterThan(200);
    expect(await wait()).toBeLessThan(400);
    await lines.query(
      "UPDATE deliveries SET next_attempt_at = now(), created_at = now() - interval '30 minutes' WHERE id = $1",
      [ids[1]],
    );
    expect(await lines.claim(10)).toEqual({ claimed: [], more: false });
    expect(await wait()).toBeGreaterThan(23 * 60);
  });
}

it("what a webhook's removal gives another way is behind nobody", async () => {
  const { ids } = await blocked("webhook");
  await lines.query(
    "UPDATE deliveries SET webhook_id = NULL, channel = 'socket', next_attempt_at = now() WHERE id = $1",
    [ids[1]],
  );
  expect(await lines.row(ids[1])).toMatchObject({ behind: false, due: true });
  expect((await lines.row(ids[2]))?.behind).toBe(true);
  await lines.query("DELETE FROM webhooks");
  expect(await lines.query("SELECT id FROM deliveries")).toEqual([{ id: ids[1] }]);
});

/** Where a claim can be made to stand: before the statement that decides, or inside of it, when what it sees is settled. */
const stands = {
  "before it decides": ["    WITH candidates", "    PERFORM pg_advisory_xact_lock_shared(1);\n    WITH candidates"],
  "while it decides": [
    "FROM deliveries d WHERE d.id = ANY(found)",
    "FROM deliveries d CROSS JOIN pg_advisory_xact_lock_shared(1) gate WHERE d.id = ANY(found)",
  ],
} as const;

/** Stops every claim there, while somebody holds the advisory lock 1. */
async function stopInBetween(where: keyof typeof stands): Promise<void> {
  const [from, to] = stands[where];
  for (const name of ["claim_for_webhook", "claim_mails"]) {
    const [row] = await lines.query<{ body: string }>(
      "SELECT pg_get_functiondef(oid) AS body FROM pg_proc WHERE proname = $1",
      [name],
    );
    expect(row?.body.split(from)).toHaveLength(2);
    await lines.query((row?.body ?? "").replace(from, to));
  }
}

const waiting = (name: string) => () =>
  lines
    .query(
      "SELECT FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database() AND wait_event_type = 'Lock'",
      [name],
    )
    .then((rows) => rows.length > 0);

/** A line of two, the first under way, the second not looked at yet; a claim of the second that has locked it, and stands. */
async function halfClaimed(way: Way, where: keyof typeof stands = "before it decides") {
  lines = await openLines(way);
  const conversation = await lines.conversation();
  const ids = await lines.add(conversation, 1);
  expect(idsOf(await lines.claim(1))).toEqual(ids);
  ids.push(...(await lines.add(conversation, 1)));
  await stopInBetween(where);
  const [gate, front, worker] = [lines.connection("gate"), lines.connection("front"), lines.connection("worker")];
  await gate.pool.query("SELECT pg_advisory_lock(1)");
  const claim = () => lines.claim(10, worker);
  const open = () => gate.pool.query("SELECT pg_advisory_unlock(1)");
  const begin = () => front.pool.query("BEGIN");
  const leave = () => front.pool.query(leavings.sent, [ids[0]]);
  const commit = () => front.pool.query("COMMIT");
  return {
    conversation,
    ids,
    claim,
    open,
    begin,
    leave,
    commit,
    stands: () => until(waiting("worker"), "the claim to stand"),
  };
}

for (const way of ways) {
  it(`${way}: the front is done between the claim's statements: the follower is claimed`, async () => {
    const { ids, claim, open, leave, stands } = await halfClaimed(way);
    const claimed = claim();
    await stands();
    await leave();
    await open();
    expect(idsOf(await claimed)).toEqual([ids[1]]);
  });

  for (const [what, leave] of Object.entries(leavings)) {
    it(`${way}: the front is ${what} while the claim decides, which does not see it: nobody is put off behind it`, async () => {
      const { ids, claim, open, stands } = await halfClaimed(way, "while it decides");
      const claimed = claim();
      await stands();
      await lines.query(leave, [ids[0]]);
      await open();
      expect(await claimed).toEqual({ claimed: [], more: false });
      expect(await lines.row(ids[1])).toMatchObject({ behind: false, due: true });
      expect(idsOf(await lines.claim(10))).toEqual([ids[1]]);
    });
  }

  it(`${way}: the front is just being done, not yet for all to see: nothing is decided, the next claim takes the follower`, async () => {
    const { ids, claim, open, begin, leave, commit, stands } = await halfClaimed(way);
    const claimed = claim();
    await stands();
    await begin();
    await leave();
    await open();
    expect(await claimed).toEqual({ claimed: [], more: false });
    expect(await lines.row(ids[1])).toMatchObject({ behind: false, due: true });
    await commit();
    expect(idsOf(await lines.claim(10))).toEqual([ids[1]]);
  });

  it(`${way}: the front is done after the claim has decided: it waits for the claim, sees the follower, and wakes it`, async () => {
    const { ids, leave, open } = await halfClaimed(way);
    await open();
    const worker = lines.connection("worker-2");
    await worker.pool.query("BEGIN");
    expect(idsOf(await lines.claim(10, worker))).toEqual([]);
    const left = leave();
    await until(waiting("front"), "the front to wait for the claim");
    await worker.pool.query("COMMIT");
    await left;
    expect(await lines.row(ids[1])).toMatchObject({ behind: false, due: true });
    expect(idsOf(await lines.claim(10))).toEqual([ids[1]]);
  });

  it(`${way}: one that comes while the front is being done, unseen by it, is not put off behind it`, async () => {
    const { conversation, ids, open, begin, leave, commit } = await halfClaimed(way);
    await open();
    await begin();
    await leave();
    ids.push(...(await lines.add(conversation, 1)));
    // The second holds the third: that one is looked at when it goes.
    expect(await lines.claim(10)).toEqual({ claimed: [], more: false });
    await lines.query(leavings.deleted, [ids[1]]);
    expect(await lines.claim(10)).toEqual({ claimed: [], more: false });
    expect(await lines.row(ids[2])).toMatchObject({ behind: false, due: true });
    await commit();
    expect(idsOf(await lines.claim(10))).toEqual([ids[2]]);
  });

  it(`${way}: two workers at once take different lines, each its first, and neither waits`, async () => {
    lines = await openLines(way);
    const talks = await Promise.all(Array.from({ length: 6 }, () => lines.conversation()));
    const firsts: (number | undefined)[] = [];
    for (const talk of talks) firsts.push((await lines.add(talk, 3))[0]);
    const [one, two] = [lines.connection("one"), lines.connection("two")];
    await one.pool.query("BEGIN");
    const first = idsOf(await lines.claim(3, one));
    const second = idsOf(await lines.claim(10, two));
    await one.pool.query("COMMIT");
    expect(new Set([...first, ...second]).size).toBe(first.length + second.length);
    const third = idsOf(await lines.claim(10));
    expect([...first, ...second, ...third].sort((a, b) => a - b)).toEqual(firsts);
  });
}
