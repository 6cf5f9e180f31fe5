import fc from "fast-check";
import type { Schema } from "./document.js";

/** A value as JSON text: so that it can be what no JavaScript value is (1e400, a name given twice). */
export type JsonText = string;

/** Ids and names that exist now, by what they are of; drawn from while requests are made up. */
export interface Known {
  /** Something that stands behind a field of that name; undefined: the field names nothing known. */
  pick(field: string, draw: number): number | string | undefined;
}

const words = fc.constantFrom(
  "loan",
  "paid twice",
  "stolen phone",
  "Asante",
  "ok",
  "{{customer.name}}",
  "é😀",
  "a'b\"c",
);

/** JSON texts that are as the schema says. */
export function valid(
  schema: Schema,
  resolve: (schema: Schema) => Schema,
  known: Known,
  field = "",
): fc.Arbitrary<JsonText> {
  const of = (inner: Schema, name = field) => valid(inner, resolve, known, name);
  if (schema.$ref !== undefined) return of(resolve(schema));
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways) return withKnown(fc.oneof(...ways.map((way) => of(way))), field, known);
  if (schema.const !== undefined) return fc.constant(JSON.stringify(schema.const));
  if (schema.enum) return fc.constantFrom(...schema.enum.map((value) => JSON.stringify(value)));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => of({ ...schema, type })));
  switch (schema.type) {
    case "null":
      return fc.constant("null");
    case "boolean":
      return fc.boolean().map(String);
    case "integer":
      return withKnown(integer(schema).map(String), field, known);
    case "number":
      return fc.oneof(integer(schema).map(String), fc.constantFrom("1.5", "0.01", "99.99"));
    case "array": {
      const { minItems: minLength = 0, maxItems = 4, items = {} } = schema;
      const item = of(items, field.replace(/s$/, ""));
      return fc
        .array(item, { minLength, maxLength: Math.min(maxItems, minLength + 4) })
        .map((list) => `[${list.join(",")}]`);
    }
    case "object":
      return object(schema, of);
    case "string":
      return withKnown(
        text(schema).map((value) => JSON.stringify(value)),
        field,
        known,
      );
    default:
      return fc.json({ maxDepth: 2 });
  }
}

function withKnown(arbitrary: fc.Arbitrary<JsonText>, field: string, known: Known): fc.Arbitrary<JsonText> {
  if (known.pick(field, 0) === undefined) return arbitrary;
  const drawn = fc.nat(10_000).map((draw) => JSON.stringify(known.pick(field, draw) ?? 1));
  return fc.oneof({ weight: 5, arbitrary: drawn }, { weight: 1, arbitrary });
}

function object(schema: Schema, of: (inner: Schema, name: string) => fc.Arbitrary<JsonText>): fc.Arbitrary<JsonText> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const names = Object.keys(properties);
  const fields = names.map((name) => {
    const value = of(properties[name] ?? {}, name).map((json) => [`${JSON.stringify(name)}:${json}`]);
    return required.includes(name) ? value : fc.oneof(value, fc.constant([]));
  });
  const more =
    typeof additionalProperties === "object"
      ? fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), of(additionalProperties, "")), { maxLength: 3 })
      : fc.constant([]);
  return fc
    .tuple(fc.tuple(...fields), more)
    .map(
      ([pairs, extra]) =>
        `{${[...pairs.flat(), ...extra.map(([name, json]) => `${JSON.stringify(name)}:${json}`)].join(",")}}`,
    );
}

function integer({ minimum, maximum, exclusiveMinimum }: Schema): fc.Arbitrary<number> {
  const min = minimum ?? (exclusiveMinimum === undefined ? -1000 : exclusiveMinimum + 1);
  return fc.integer({ min, max: Math.max(min, Math.min(maximum ?? 2_147_483_647, 2_147_483_647)) });
}

function text({ pattern, format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === "date-time") {
    const [min, max] = [new Date("2020-01-01"), new Date("2100-01-01")];
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
  }
  if (format === "email") return fc.nat().map((n) => `fuzz-${n}@example.test`);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const any = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)), unit: "grapheme" });
  return minLength <= 1 ? fc.oneof(words, any) : any;
}
