import { expect, it } from "vitest";
import { judge } from "../../../cli/verify/deliveries/judge.js";
import type { ReceivedCall } from "../../../cli/verify/deliveries/receiver.js";

const events = [1, 2, 3].map((seq) => ({ seq, stream: "conversation:1" }));
const call = (seq: number, given: Partial<ReceivedCall> = {}): ReceivedCall => ({
  ...{ id: `evt_${seq}`, seq, stream: "conversation:1", outOfOrder: false, status: 204, signed: true },
  ...given,
});
const zeros = { missing: 0, otherIds: 0, orderUnsaid: 0, unsigned: 0, strange: 0 };

it("finds nothing in what is right: retried, doubled, out of order and said", () => {
  expect(judge([call(1, { status: 500 }), call(1), call(1), call(2), call(3)], events)).toMatchObject({
    ...zeros,
    doubles: 1,
  });
  const parked = [
    call(1, { status: 0 }),
    call(2, { outOfOrder: true }),
    call(3, { outOfOrder: true }),
    call(1, { outOfOrder: true }),
  ];
  expect(judge(parked, events)).toMatchObject({ ...zeros, orderSaid: 3 });
});

it.each([
  ["missing", [call(1), call(2), call(3, { status: 500 })]],
  ["otherIds", [call(1, { status: 500 }), call(1, { id: "evt_9" }), call(2), call(3)]],
  ["otherIds", [call(1), call(2, { id: "evt_1" }), call(3)]],
  ["orderUnsaid", [call(1), call(3, { outOfOrder: true }), call(2)]],
  ["unsigned", [call(1), call(2, { signed: false }), call(3)]],
  ["strange", [call(1), call(2), call(3), call(4)]],
] as const)("finds what is wrong: %s", (field, calls) => {
  expect(judge(calls, events)).toMatchObject({ ...zeros, [field]: 1 });
});
