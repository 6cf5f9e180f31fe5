import { expect, it } from "vitest";
import {
  afterAttempt,
  circuitOpenMs,
  deadAfterTries,
  deliveryWaitMs,
  parkAfterTries,
} from "../../../src/domain/delivery-rules.js";
import { chooseReplyRoute } from "../../../src/domain/reply-channel.js";

const day = 86_400_000;

it("waits three times as long each time, between half and all of it, a day at most", () => {
  const at = (random: number) => [1, 2, 3, 4, 5, 9, 10, 11, 100].map((tries) => deliveryWaitMs(tries, random));
  expect(at(1)).toEqual([5000, 15_000, 45_000, 135_000, 405_000, 32_805_000, day, day, day]);
  expect(at(0)).toEqual(at(1).map((ms) => Math.round(ms / 2)));
});

it("honours a Retry-After, never sooner than its own wait, and a day at most", () => {
  expect(deliveryWaitMs(1, 1, 60_000)).toBe(60_000);
  expect(deliveryWaitMs(3, 1, 1000)).toBe(45_000);
  expect(deliveryWaitMs(1, 1, 30 * day)).toBe(day);
});

it("parks after five failures, or where the next try lies beyond fifteen minutes; dead after twelve, or refused", () => {
  const failed = { kind: "failed", error: "no" } as const;
  const after = (tries: number, ageMs: number, retryAfterMs: number | null = null) =>
    afterAttempt({ ...failed, retryAfterMs }, { tries, ageMs, random: 1 });
  expect(after(1, 0)).toEqual({ status: "pending", inMs: 5000, parked: false });
  expect(after(parkAfterTries - 1, 65_000)).toMatchObject({ parked: false });
  expect(after(parkAfterTries, 0)).toMatchObject({ status: "pending", parked: true });
  expect(after(1, 0, 16 * 60_000)).toMatchObject({ parked: true });
  expect(after(2, 15 * 60_000)).toMatchObject({ parked: true });
  expect(after(deadAfterTries, 0)).toEqual({ status: "failed" });
  expect(afterAttempt({ kind: "refused", error: "gone" }, { tries: 1, ageMs: 0, random: 1 })).toEqual({
    status: "failed",
  });
  expect(afterAttempt({ kind: "sent" }, { tries: 99, ageMs: day, random: 1 })).toEqual({ status: "sent" });
});

it("a circuit stays open twice as long each time, ten minutes at most", () => {
  expect([1, 2, 3, 8, 50].map((opens) => circuitOpenMs(opens, 1))).toEqual([5000, 10_000, 20_000, 600_000, 600_000]);
  expect(circuitOpenMs(1, 0)).toBe(2500);
});

it("a reply is read in the room, else goes where the ticket came from, else by mail, else it waits", () => {
  const away = { present: false, waited: false, webhookId: null, mailable: false };
  const socket = (fallback: boolean) => ({ channel: "socket", fallback });
  expect(chooseReplyRoute(away)).toEqual(socket(false));
  expect(chooseReplyRoute({ ...away, mailable: true })).toEqual({ channel: "email" });
  expect(chooseReplyRoute({ ...away, mailable: true, webhookId: 3 })).toEqual({ channel: "webhook", webhookId: 3 });
  expect(chooseReplyRoute({ ...away, present: true })).toEqual(socket(false));
  expect(chooseReplyRoute({ ...away, present: true, mailable: true })).toEqual(socket(true));
  expect(chooseReplyRoute({ ...away, present: true, mailable: true, waited: true })).toEqual({ channel: "email" });
  expect(chooseReplyRoute({ ...away, present: true, waited: true })).toEqual(socket(false));
});
