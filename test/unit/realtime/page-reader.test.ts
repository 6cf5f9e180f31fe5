import { describe, expect, it } from "vitest";
import { FrameRing } from "../../../src/realtime/frame-ring.js";
import { PageReader } from "../../../src/realtime/page-reader.js";
import { FakeLog, frameAt } from "./fake-log.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const positions = (frames: { pos: number }[] | null) => frames?.map((frame) => frame.pos) ?? null;

describe("page reader", () => {
  it("reads a page once for all who need it, wherever in it they are, and keeps whole pages", async () => {
    const log = new FakeLog({ held: false });
    log.commit(10);
    const pages = new PageReader(log, { pageSize: 5 });
    const [a, b] = await Promise.all([pages.after("agents", 0), pages.after("agents", 3)]);
    expect([positions(a), positions(b)]).toEqual([
      [1, 2, 3, 4, 5],
      [4, 5],
    ]);
    expect(positions(await pages.after("agents", 4))).toEqual([5]);
    expect(log.reads).toBe(1);
  });

  it("keeps no more than so many characters of pages, and always the latest one", async () => {
    const log = new FakeLog({ held: false });
    log.commit(10);
    const chars = log.frames.slice(0, 2).reduce((sum, { text }) => sum + text.length, 0);
    const pages = new PageReader(log, { pageSize: 2, keptChars: chars * 2 + 5 });
    for (const pos of [0, 2, 4, 4, 2, 0]) await pages.after("agents", pos);
    expect(log.reads).toBe(4);
    const small = new PageReader(log, { pageSize: 2, keptChars: 1 });
    for (const pos of [0, 0, 2, 2]) await small.after("agents", pos);
    expect(log.reads).toBe(6);
  });

  it("never keeps a page that is not whole", async () => {
    const log = new FakeLog({ held: false });
    log.commit(3);
    const pages = new PageReader(log, { pageSize: 5 });
    await pages.after("agents", 0);
    log.commit(2);
    expect(positions(await pages.after("agents", 0))).toEqual([1, 2, 3, 4, 5]);
  });

  it("reads anew when it is asked for a fresh page, while another read is under way", async () => {
    const log = new FakeLog({ held: true });
    log.commit(1);
    const pages = new PageReader(log, { pageSize: 5 });
    const early = pages.after("agents", 0);
    log.commit(1);
    const shared = pages.after("agents", 0);
    const fresh = pages.after("agents", 0, true);
    await turn();
    for (const read of log.pending.splice(0)) read.release();
    expect([positions(await early), positions(await shared), positions(await fresh)]).toEqual([[1], [1], [1, 2]]);
  });

  it("has no more reads under way than it may, also after some failed", async () => {
    const log = new FakeLog({ held: true });
    log.commit(50);
    const pages = new PageReader(log, { pageSize: 5, concurrency: 2 });
    const reads = [0, 5, 10, 15, 20].map((pos) => pages.after("agents", pos).then(positions, () => "failed"));
    await turn();
    expect(log.pending.length).toBe(2);
    log.pending.shift()?.fail();
    log.pending.shift()?.release();
    await turn();
    expect(log.pending.length).toBe(2);
    while (log.pending.length > 0) {
      log.pending.shift()?.release();
      await turn();
    }
    expect((await Promise.all(reads)).filter((read) => read === "failed")).toHaveLength(1);
  });
});

describe("frame ring", () => {
  it("gives what follows a position, and null when that is gone or not there yet", () => {
    const ring = new FrameRing(3, 10_000);
    for (let pos = 4; pos <= 9; pos++) ring.push(frameAt(pos));
    expect(positions(ring.after(6, 10))).toEqual([7, 8, 9]);
    expect(positions(ring.after(7, 1))).toEqual([8]);
    expect(ring.after(5, 10)).toBeNull();
    expect(ring.after(9, 10)).toBeNull();
  });

  it("is bounded by size, and starts anew after a jump", () => {
    const ring = new FrameRing(1000, 200);
    for (let pos = 1; pos <= 500; pos++) ring.push(frameAt(pos));
    expect(ring.after(490, 10)).toBeNull();
    expect(positions(ring.after(498, 10))).toEqual([499, 500]);
    ring.push(frameAt(600));
    expect(ring.after(499, 10)).toBeNull();
    expect(positions(ring.after(599, 10))).toEqual([600]);
  });
});
