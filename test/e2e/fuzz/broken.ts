import fc from "fast-check";
import { type JsonText, type Known, valid } from "./arbitrary-of.js";
import type { Schema } from "./document.js";

const nest = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;

/** JSON texts that break things: wrong types, huge numbers, deep nesting, NUL, half surrogate pairs, very long texts. */
export const nastyJson: fc.Arbitrary<JsonText> = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e400",
    "-1e400",
    "1e-400",
    "2147483648",
    "9007199254740993",
  ),
  fc.constantFrom("9223372036854775808", "123456789012345678901234567890", "[]", "{}", "[[]]", "[null]", '{"$ne":1}'),
  fc.constantFrom(nest(40, "[", "]"), nest(40, '{"a":', "}"), nest(3000, "[", "]"), nest(20_000, '{"a":', "}")),
  fc.constantFrom(
    '""',
    '" "',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u202e\\ufeff"',
    '"1"',
    '"-1"',
  ),
  fc.constantFrom('"99999999999999999999"', '"1e9"', '"NaN"', '"__proto__"', '"%00"', '"\'; --"', '"\\\\"', '"\u2028"'),
  fc.constantFrom(
    '"{{constructor.constructor}}"',
    '"0001-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59.999Z"',
    '"-271821-04-20"',
  ),
  fc.constantFrom('"2026-02-30T00:00:00Z"', '"2026-01-01T00:00:00+99:99"', '"a@b"', '"@"'),
  fc.constantFrom(10_001, 70_000, 300_000).map((length) => JSON.stringify("x".repeat(length))),
  fc.constantFrom(6000, 20_000).map((length) => JSON.stringify("😀".repeat(length))),
  fc.constantFrom(5000).map((length) => `[${Array(length).fill("1").join(",")}]`),
  fc.string({ unit: "binary", maxLength: 30 }).map((text) => JSON.stringify(text)),
  fc.integer().map(String),
  fc.double().map((number) => (Number.isFinite(number) ? String(number) : "1e999")),
  fc.json({ maxDepth: 3 }),
);

const oddNames = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "",
  "\\u0000",
  "\\ud800",
  "id",
  "role",
  "status",
);

/** A body's bytes that are almost as the schema says: fields broken, left out, given twice, or added. */
export function almostValid(schema: Schema, resolve: (schema: Schema) => Schema, known: Known): fc.Arbitrary<JsonText> {
  const { properties = {} } = resolve(schema);
  const names = Object.keys(properties);
  const field = (name: string) => {
    const good = valid(properties[name] ?? {}, resolve, known, name);
    const named = (json: JsonText) => [`${JSON.stringify(name)}:${json}`];
    return fc.oneof(
      { weight: 12, arbitrary: good.map(named) },
      { weight: 4, arbitrary: nastyJson.map(named) },
      { weight: 1, arbitrary: fc.tuple(good, nastyJson).map(([one, other]) => [...named(one), ...named(other)]) },
      { weight: 2, arbitrary: fc.constant([]) },
    );
  };
  const odd = fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(oddNames, nastyJson).map(([name, json]) => [`"${name}":${json}`]) },
  );
  return fc
    .tuple(fc.tuple(...names.map(field)), odd)
    .map(([fields, more]) => `{${[...fields.flat(), ...more].join(",")}}`);
}

/** Bodies that are no object, no JSON, or no UTF-8. */
export const noObject: fc.Arbitrary<Buffer> = fc.oneof(
  nastyJson.map((json) => Buffer.from(json)),
  fc
    .constantFrom(
      "",
      " ",
      "{",
      "}",
      '{"a":',
      "[1,",
      "{'a':1}",
      '{"a":1}x',
      '{"a":01}',
      '{"a":\t"\t"}',
      "\ufeff{}",
      "nul",
    )
    .map((text) => Buffer.from(text)),
  fc
    .constantFrom(
      [0xff],
      [0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d],
      [0xed, 0xa0, 0x80],
      [0xc0, 0x80],
      [0, 0x7b, 0, 0x7d],
    )
    .map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(1_048_577, 1_200_000).map((length) => Buffer.from(`{"text":"${"x".repeat(length)}"}`)),
);
