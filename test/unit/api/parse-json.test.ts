import { describe, expect, it } from "vitest";
import { parseJson } from "../../../src/api/middleware/parse-json.js";
import { unstorable } from "../../../src/domain/storable.js";

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

describe("parseJson, of a large body", () => {
  const long = "x".repeat(20_000);

  it("takes what is long and not large: texts full of commas and brackets, and quotes that are escaped", () => {
    const body = { text: `${'[{,"\\'.repeat(5000)}${long}`, list: Array(9000).fill(1) };
    expect(parseJson(bytes(JSON.stringify(body)))).toEqual(body);
  });

  it.each([
    [
      "values",
      `{"a":"${long}","list":[${Array(10_001).fill("1").join(",")}]}`,
      "The body holds more than 10000 values.",
    ],
    ["names", JSON.stringify(Object.fromEntries(Array.from({ length: 10_002 }, (_, n) => [n, 1]))), "10000 values"],
    ["levels", `{"a":"${long}","deep":${"[".repeat(33)}${"]".repeat(33)}}`, "The body is nested deeper than 32."],
    ["open levels", "[".repeat(1_000_000), "nested deeper"],
    ["levels of names", '{"a":'.repeat(100_000), "nested deeper"],
  ])("refuses too many %s before it parses them", (_, text, sentence) => {
    expect(() => parseJson(bytes(text))).toThrow(
      expect.objectContaining({ code: "invalid_body", message: expect.stringContaining(sentence) }),
    );
  });

  it("takes 32 levels", () => {
    expect(() => parseJson(bytes(`{"a":"${long}","deep":${"[".repeat(31)}${"]".repeat(31)}}`))).not.toThrow();
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
