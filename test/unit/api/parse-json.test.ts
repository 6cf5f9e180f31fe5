import { describe, expect, it } from "vitest";
import { parseJson, unstorable } from "../../../src/api/middleware/parse-json.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("parseJson", () => {
  it("gives the object, with a byte-order mark or without", () => {
    expect(parseJson(bytes('{"a":"ü"}'))).toEqual({ a: "ü" });
    expect(parseJson(bytes('\uFEFF{"a":1}'))).toEqual({ a: 1 });
  });

  it.each(["", " ", "[]", "1", "null", '"x"', "{", "{}{}", "{'a':1}", "NaN"])("refuses %s", (text) => {
    expect(() => parseJson(bytes(text))).toThrow(expect.objectContaining({ code: "invalid_json" }));
  });

  it("refuses half of a character", () => {
    expect(() => parseJson(Uint8Array.of(0x7b, 0xc3, 0x7d))).toThrow(expect.objectContaining({ code: "invalid_json" }));
  });
});

describe("unstorable", () => {
  it("finds NUL and lone surrogates, in names too, and says where", () => {
    const value = { ok: "😀", list: ["a", "b\0"], deep: { text: "\udc00" }, "n\0": 1 };
    expect(unstorable(value, "body").map(({ path }) => path)).toEqual(["body.list.1", "body.deep.text", "body"]);
  });

  it("stops at a depth that no use has, without falling over", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    expect(unstorable({ deep }, "body")).toMatchObject([{ deep: true }]);
  });

  it("says not more than a caller reads", () => {
    expect(unstorable(Array(1000).fill("\0"), "body")).toHaveLength(20);
  });
});
