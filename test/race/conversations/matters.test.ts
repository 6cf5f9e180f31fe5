import { afterAll, beforeAll, expect, it } from "vitest";
import { changeDispute } from "../../../src/commands/change-dispute.js";
import { changePayment } from "../../../src/commands/change-payment.js";
import { createDispute } from "../../../src/commands/create-dispute.js";
import { createUser } from "../../../src/commands/create-user.js";
import { initiatePayment } from "../../../src/commands/initiate-payment.js";
import { openThread } from "../../../src/commands/open-thread.js";
import type { Refusal } from "../../../src/domain/errors.js";
import type { Actor } from "../../../src/domain/policy.js";
import { type Desk, openDesk } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
let conversationId: number;
let [one, two, opener]: (Actor & { id: number })[] = [];

beforeAll(async () => {
  test_ = await createTestDatabase(16);
  desk = await openDesk(test_.db);
  const make = async (role: "admin" | "customer", name: string): Promise<Actor & { id: number }> => {
    const who = role === "admin" ? { email: `${name}@example.test` } : { email: null, userId: name };
    const { id } = await createUser(test_, { role, name, password: null, ...who } as Parameters<typeof createUser>[1]);
    return { kind: "user", id, role, name };
  };
  [one, two, opener] = [await make("admin", "one"), await make("admin", "two"), await make("customer", "opener")];
  const other = await make("customer", "other");
  conversationId = (await openThread(desk.as(opener), { participantIds: [other.id] })).conversationId;
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: Refusal) => `${error.code} ${error.facts.dispute_status ?? error.facts.payment_status}`,
  );

/** Messages, frames and audit rows of a matter's end: each is there once, and they say what its row says. */
async function told(kind: "dispute" | "payment", id: number) {
  const { rows } = await test_.db.pool.query(
    `SELECT (SELECT status FROM ${kind}s WHERE id = $1) AS status,
            (SELECT array_agg(metadata->>'status' ORDER BY id) FROM messages
             WHERE kind = $2 AND (metadata->>$3)::bigint = $1 AND metadata ? 'previous') AS said,
            (SELECT array_agg(payload->'message'->'metadata'->>'status' ORDER BY id) FROM outbox
             WHERE payload->'message'->'metadata' ? 'previous' AND (payload->'message'->'metadata'->>$3)::bigint = $1) AS shown,
            (SELECT count(*)::int FROM audit_log WHERE action = $2 || '.update' AND subject_id = $1::text) AS audited`,
    [id, kind, `${kind}_id`],
  );
  return rows[0];
}

it("of two who decide a dispute at once, and its opener who withdraws it, one does; the others are told how it stands", async () => {
  if (!one || !two || !opener) throw new Error("nobody is there");
  const seen = new Set<string>();
  for (let round = 0; round < 15; round++) {
    const ctx = desk.as(opener);
    const { disputeId } = await createDispute(ctx, { conversationId, subject: "s", description: "d" });
    const wanted = [
      [one, "resolved"],
      [two, "rejected"],
      [opener, "withdrawn"],
    ] as const;
    // Each is first in some of the rounds.
    const order = [...wanted.slice(round % 3), ...wanted.slice(0, round % 3)];
    const outcomes = await Promise.all(
      order.map(([who, status]) => outcomeOf(changeDispute(desk.as(who), { disputeId, status }))),
    );
    const winner = order[outcomes.indexOf("done")]?.[1];
    expect(outcomes.sort()).toEqual(["done", `invalid_transition ${winner}`, `invalid_transition ${winner}`]);
    const audited = winner === "withdrawn" ? 0 : 1;
    expect(await told("dispute", disputeId)).toEqual({ status: winner, said: [winner], shown: [winner], audited });
    seen.add(String(winner));
  }
  expect(seen.size).toBeGreaterThan(1);
});

it("a payment is completed or cancelled, never both, and refunded once", async () => {
  if (!one || !two || !opener) throw new Error("nobody is there");
  for (let round = 0; round < 10; round++) {
    const { payment } = await initiatePayment(desk.as(opener), { conversationId, amount: 5 });
    const paymentId = payment.id;
    const outcomes = await Promise.all([
      outcomeOf(changePayment(desk.as(opener), { paymentId, status: "cancelled" })),
      outcomeOf(changePayment(desk.as(one), { paymentId, status: "completed" })),
    ]);
    const winner = outcomes[0] === "done" ? "cancelled" : "completed";
    expect(outcomes.sort()).toEqual(["done", `invalid_transition ${winner}`]);
    const refunds = await Promise.all(
      [one, two, one, two].map((who) => outcomeOf(changePayment(desk.as(who), { paymentId, status: "refunded" }))),
    );
    const refunded = refunds.filter((outcome) => outcome === "done");
    expect(refunded).toHaveLength(winner === "completed" ? 1 : 0);
    const said = winner === "completed" ? ["completed", "refunded"] : ["cancelled"];
    expect(await told("payment", paymentId)).toMatchObject({ status: said.at(-1), said, shown: said });
  }
});
