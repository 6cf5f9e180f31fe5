import type { JsonSchema } from "../api-document.js";

export interface SampleOptions {
  resolve(schema: JsonSchema): JsonSchema;
  below(limit: number): number;
  /** The value of a field by its name; undefined: made up from the schema. */
  fill(field: string, schema: JsonSchema): unknown;
}

/** A value that the schema allows, as far as it says so; optional fields are there two times in three. */
export function sampleJson(schema: JsonSchema, options: SampleOptions, field = ""): unknown {
  const { resolve, below, fill } = options;
  const own = resolve(schema);
  const filled = field === "" ? undefined : fill(field, own);
  if (filled !== undefined) return filled;
  const ways = own.anyOf ?? own.oneOf;
  if (ways) return sampleJson(ways[below(ways.length)] ?? {}, options, field);
  if (own.const !== undefined) return own.const;
  if (own.enum) return own.enum[below(own.enum.length)];
  const type = Array.isArray(own.type) ? own.type[below(own.type.length)] : own.type;
  switch (type) {
    case "null":
      return null;
    case "boolean":
      return below(2) === 0;
    case "integer":
    case "number": {
      const least = own.minimum ?? (own.exclusiveMinimum ?? 0) + 1;
      return least + below(Math.max(1, Math.min((own.maximum ?? 1000) - least + 1, 1000)));
    }
    case "array": {
      const count = (own.minItems ?? 0) + below(3);
      return Array.from({ length: count }, () => sampleJson(own.items ?? {}, options, field.replace(/s$/, "")));
    }
    case "object": {
      const names = Object.keys(own.properties ?? {}).filter((name) => own.required?.includes(name) || below(3) > 0);
      return Object.fromEntries(names.map((name) => [name, sampleJson(own.properties?.[name] ?? {}, options, name)]));
    }
    case "string":
      if (own.format === "date-time") return new Date(Date.now() + below(10) * 86_400_000).toISOString();
      if (own.format === "uri") return "https://verify.invalid/";
      return own.pattern?.includes("\\d{1,16}") ? String(below(1000)) : `verify${"x".repeat(own.minLength ?? 0)}`;
    default:
      return "verify";
  }
}
