import { expect, test } from "vitest";
import { recoveries, worstByKind } from "../../../cli/verify/crash/recovery.js";

const fault = (kind: "kill redis" | "kill the relay", at: number) => ({ kind, at, atS: at / 1000, victim: "1" });

test("a fault cost the longest silence after it, until the next one; of the watcher that waited longest", () => {
  const writes = [900, 1100, 4000, 4100, 5000, 6000, 7000, 8000, 9000];
  const events = [
    [900, 1500, 2500, 3500, 4500, 6000, 8000, 9900],
    [900, 1200, 4900, 5100, 7000, 9000, 9900],
  ];
  const found = recoveries([fault("kill redis", 1000), fault("kill the relay", 5000)], { writes, events }, 10_000);
  expect(found.map(({ writesMs, eventsMs }) => [writesMs, eventsMs])).toEqual([
    [2900, 3700],
    [1000, 2000],
  ]);
});

test("who never comes back was silent to the end of the load", () => {
  const [only] = recoveries([fault("kill redis", 1000)], { writes: [500], events: [[1200], []] }, 9000);
  expect(only).toMatchObject({ writesMs: 8000, eventsMs: 8000 });
});

test("of a kind the worst is told, and how often it was", () => {
  const faults = [fault("kill redis", 0), fault("kill redis", 5000)];
  const found = recoveries(faults, { writes: [1000, 4900, 5200, 9900], events: [[4000, 5100, 9900]] }, 10_000);
  expect([...worstByKind(found)]).toEqual([["kill redis", { times: 2, writesMs: 4700, eventsMs: 4800 }]]);
});
