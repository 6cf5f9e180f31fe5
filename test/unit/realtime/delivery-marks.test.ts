import { expect, test } from "vitest";
import type { SequencedEvent } from "../../../src/contract/events.js";
import { DeliveryMarks, type SentMark } from "../../../src/realtime/delivery-marks.js";
import { silentLogger } from "../../support/silent-logger.js";
import { until } from "../../support/until.js";

const said = (conversationId: number, seq: number, senderId: number | null, type = "message:new"): SequencedEvent => ({
  ...{ seq: 1, stream: `conversation:${conversationId}`, pos: seq, type, request_id: null, stage: null },
  ...{ subject_id: null, created_at: "", payload: { message: { seq, sender: senderId && { id: senderId } } } },
});

/** Marks over rooms: 1 and 2 are in conversation 7, 1 twice; 3 is in 8. `answers`: what each write makes of its marks. */
function marksThat(...answers: ((marks: readonly SentMark[]) => readonly SentMark[])[]) {
  const rooms = new Map([
    [7, [1, 1, 2]],
    [8, [3]],
  ]);
  const written: (readonly SentMark[])[] = [];
  const marks = new DeliveryMarks({
    usersIn: (conversationId) => rooms.get(conversationId) ?? [],
    note: async (given) => {
      written.push(given);
      return answers.shift()?.(given) ?? [];
    },
    logger: silentLogger,
    everyMs: 5,
  });
  return { marks, written };
}

test("the furthest of each who is there and did not say it itself, in one write; what nobody sees is no mark", async () => {
  const { marks, written } = marksThat();
  const others = { ...said(7, 9, 1), stream: "agents" };
  marks.onEvents([said(7, 1, 1), said(7, 2, 2), said(7, 3, 1), said(9, 1, 1), said(7, 8, 1, "message:edited"), others]);
  marks.onEvents([said(8, 4, null), said(8, 2, 1)]);
  await marks.start();
  await until(() => written.length > 0, "a write");
  await marks.stop();
  expect(written).toHaveLength(1);
  expect([...(written[0] ?? [])].sort((a, b) => a.userId - b.userId)).toEqual([
    { conversationId: 7, userId: 1, seq: 2 },
    { conversationId: 7, userId: 2, seq: 3 },
    { conversationId: 8, userId: 3, seq: 4 },
  ]);
});

test("what could not be written is tried again, and never goes back behind what came meanwhile", async () => {
  const { marks, written } = marksThat(
    () => {
      throw new Error("the database is away");
    },
    (given) => {
      marks.onEvents([said(8, 6, 1)]);
      return given;
    },
  );
  await marks.start();
  marks.onEvents([said(8, 5, 1)]);
  await until(() => written.length >= 3, "three writes");
  await marks.stop();
  expect(written.map(([mark]) => mark?.seq)).toEqual([5, 5, 6]);
});

test("a stop writes what is due", async () => {
  const { marks, written } = marksThat();
  await marks.start();
  marks.onEvents([said(8, 1, 1)]);
  await marks.stop();
  expect(written).toEqual([[{ conversationId: 8, userId: 3, seq: 1 }]]);
});
