import { expect, test } from "vitest";
import type { Refusal } from "../../../src/domain/errors.js";
import {
  disputeStatuses,
  mayMove,
  moveRefusal,
  paymentStatuses,
  requireMover,
  statesBefore,
} from "../../../src/domain/matters.js";

// Written from what a desk may do with a dispute and a payment, not from the table that is judged.

const disputeMoves = [
  "open > under_review",
  "open > resolved",
  "open > rejected",
  "open > withdrawn",
  "under_review > resolved",
  "under_review > rejected",
  "under_review > withdrawn",
];
const paymentMoves = [
  "initiated > processing",
  "initiated > completed",
  "initiated > failed",
  "initiated > cancelled",
  "processing > completed",
  "processing > failed",
  "completed > refunded",
];

test("disputes and payments move as written here, and not otherwise", () => {
  const disputes = disputeStatuses.flatMap((from) =>
    disputeStatuses.filter((to) => mayMove("dispute", from, to)).map((to) => `${from} > ${to}`),
  );
  expect(disputes.sort()).toEqual(disputeMoves.sort());
  const payments = paymentStatuses.flatMap((from) =>
    paymentStatuses.filter((to) => mayMove("payment", from, to)).map((to) => `${from} > ${to}`),
  );
  expect(payments.sort()).toEqual(paymentMoves.sort());
});

test("the states before one are those that may move to it", () => {
  for (const to of disputeStatuses) {
    expect(statesBefore("dispute", to)).toEqual(disputeStatuses.filter((from) => mayMove("dispute", from, to)));
  }
  for (const to of paymentStatuses) {
    expect(statesBefore("payment", to)).toEqual(paymentStatuses.filter((from) => mayMove("payment", from, to)));
  }
});

test("who began a matter makes one move, who decides makes all, anybody else none", () => {
  const may = (work: () => void) => {
    try {
      work();
      return true;
    } catch (error) {
      expect((error as Refusal).code).toBe("forbidden");
      return false;
    }
  };
  for (const [began, decides] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    for (const to of disputeStatuses) {
      const expected = decides || (began && to === "withdrawn");
      expect(may(() => requireMover("dispute", to, { began, decides }))).toBe(expected);
    }
    for (const to of paymentStatuses) {
      const expected = decides || (began && to === "cancelled");
      expect(may(() => requireMover("payment", to, { began, decides }))).toBe(expected);
    }
  }
});

test("what cannot follow is refused with how the matter stands", () => {
  const refusal = moveRefusal("dispute", "under_review", "open");
  expect(refusal).toMatchObject({
    code: "invalid_transition",
    message: "The dispute is under review: open does not come after that.",
    facts: { dispute_status: "under_review" },
  });
  expect(moveRefusal("payment", "failed", "completed").message).toBe(
    "The payment is failed: nothing comes after that.",
  );
});
