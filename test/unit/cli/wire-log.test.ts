import { expect, test } from "vitest";
import { newWireFaults, WireLog } from "../../../cli/verify/stream/wire-log.js";

/** What a connection that asked for what came after `since` is found to have done wrong. */
function faultsOf(since: number | null, ...frames: Record<string, unknown>[]) {
  const faults = newWireFaults();
  const log = new WireLog(since, faults);
  for (const frame of frames) log.take(frame);
  const { holes, doubles, resyncs } = faults;
  return { holes, doubles, resyncs };
}

const hello = (pos: number) => ({ type: "hello", pos });
const at = (pos: number) => ({ type: "message_update", pos });
const none = { holes: 0, doubles: 0, resyncs: 0 };

test("after hello the positions go on from the head, or from where the client asked", () => {
  expect(faultsOf(null, hello(7), at(8), at(9))).toEqual(none);
  expect(faultsOf(3, hello(7), at(4), at(5), at(6), at(7), at(8))).toEqual(none);
});

test("what is missing is a hole, also right after hello; what comes again is a double", () => {
  expect(faultsOf(3, hello(7), at(5), at(6))).toEqual({ ...none, holes: 1 });
  expect(faultsOf(null, hello(7), at(8), at(12))).toEqual({ ...none, holes: 3 });
  expect(faultsOf(null, hello(7), at(8), at(8), at(9))).toEqual({ ...none, doubles: 1 });
});

test("a skip stands for all that it skips, and leaves a hole where it begins too late", () => {
  expect(faultsOf(null, hello(0), { type: "skip", from: 1, to: 5 }, at(6))).toEqual(none);
  expect(faultsOf(null, hello(0), { type: "skip", from: 3, to: 5 }, at(6))).toEqual({ ...none, holes: 2 });
});

test("frames without a position are not of the stream; a resync is told, and begins anew at its head", () => {
  const resync = { type: "resync_required", pos: 40 };
  expect(faultsOf(3, hello(7), { type: "agent_presence" }, at(4))).toEqual(none);
  expect(faultsOf(3, hello(7), resync, at(41))).toEqual({ ...none, resyncs: 1 });
});

test("after a resume on the same connection what was sent before is sent again", () => {
  const faults = newWireFaults();
  const log = new WireLog(null, faults);
  for (const frame of [hello(7), at(8), at(9)]) log.take(frame);
  log.asked(7);
  for (const pos of [8, 9, 10]) log.take(at(pos));
  expect(faults).toMatchObject(none);
});
