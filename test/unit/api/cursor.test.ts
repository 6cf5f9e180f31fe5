import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decodeCursor, encodeCursor, idPlace, pageOf } from "../../../src/api/cursor.js";

describe("cursor", () => {
  it("gives back what was put in", () => {
    expect(decodeCursor(idPlace, encodeCursor({ id: 7 }))).toEqual({ id: 7 });
    expect(decodeCursor(idPlace, undefined)).toBeUndefined();
  });

  it.each(["", "x", "%%%", "bnVsbA", encodeCursor([]), encodeCursor({ id: "7" }), encodeCursor({ id: -1 })])(
    "refuses %s",
    (cursor) => {
      expect(() => decodeCursor(idPlace, cursor)).toThrow(expect.objectContaining({ code: "invalid_query" }));
    },
  );

  it("keeps a rank to its last bit", () => {
    const place = z.object({ rank: z.number() });
    for (const rank of [0.1 + 0.2, 1 / 3, Math.fround(0.0607927)]) {
      expect(decodeCursor(place, encodeCursor({ rank }))).toEqual({ rank });
    }
  });
});

describe("a page", () => {
  const page = (rows: number[]) =>
    pageOf(
      rows,
      2,
      (row) => `#${row}`,
      (row) => ({ id: row }),
    );

  it("says where the next one begins when there is one row more", () => {
    const { results, next } = page([5, 6, 7]);
    expect(results).toEqual(["#5", "#6"]);
    expect(decodeCursor(idPlace, next ?? "")).toEqual({ id: 6 });
  });

  it("is the last one when there is none", () => {
    expect(page([5, 6])).toEqual({ results: ["#5", "#6"], next: null });
    expect(page([])).toEqual({ results: [], next: null });
  });
});
