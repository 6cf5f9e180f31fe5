import fc from "fast-check";
import { expect, test } from "vitest";
import { headHeightPx, RowLayout, rowHeightPx } from "../../../src/console/desk/row-layout.js";

test("heads, texts and rows follow each other without a gap, and every pixel is one item's", () => {
  const size = fc.integer({ min: 0, max: 8 });
  fc.assert(
    fc.property(fc.option(size), size, (mine, rest) => {
      const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
      const layout = new RowLayout(mine === null ? null : ids(100, mine), ids(200, rest));
      let top = 0;
      for (let index = 0; index < layout.count; index++) {
        const item = layout.at(index);
        const height = item?.kind === "row" ? rowHeightPx : headHeightPx;
        expect(layout.topOf(index)).toBe(top);
        expect([layout.indexAt(top), layout.indexAt(top + height - 1)]).toEqual([index, index]);
        if (item?.kind === "row") expect(layout.indexOf(item.id)).toBe(index);
        top += height;
      }
      expect(layout.height).toBe(top);
      expect(layout.rows).toBe((mine ?? 0) + rest);
    }),
  );
});

test("steps go from ticket to ticket, over heads and texts, and stop at the ends", () => {
  const layout = new RowLayout([1, 2], [3]);
  const walk = (step: 1 | -1, from: number) => {
    const item = layout.at(layout.rowFrom(from, step));
    return item?.kind === "row" ? item.id : null;
  };
  expect([-1, 1, 2, 4].map((from) => walk(1, from))).toEqual([1, 2, 3, 3]);
  expect([4, 2, 1].map((from) => walk(-1, from))).toEqual([2, 1, 1]);
  expect(new RowLayout([], []).rowFrom(-1, 1)).toBe(-1);
  expect([layout.at(-1), layout.at(99), layout.indexOf(9)]).toEqual([undefined, undefined, -1]);
});
