import type { Schema } from "./document.js";

type Resolve = (schema: Schema) => Schema;

const known = new Set([
  ...[
    "$ref",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "anyOf",
  ],
  ...["oneOf", "allOf", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength"],
  ...["maxLength", "minItems", "maxItems", "pattern", "format", "contentEncoding", "description", "default", "example"],
  ...["title", "deprecated", "readOnly", "writeOnly", "examples", "$schema", "id"],
]);

const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * What of `value` is not as its schema says: [] if all is. An answer's object holds what is documented and nothing else,
 * unless the schema lets in more. Throws for a schema with a word that is not known here: nothing passes unjudged.
 */
export function schemaFaults(value: unknown, schema: Schema, resolve: Resolve, path = "body"): string[] {
  for (const word of Object.keys(schema))
    if (!known.has(word)) throw new Error(`${path}: ${word} is not understood here`);
  if (schema.$ref !== undefined) return schemaFaults(value, resolve(schema), resolve, path);
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways) {
    const found = ways.map((way) => schemaFaults(value, way, resolve, path));
    return found.some((faults) => faults.length === 0) ? [] : (found[0] ?? []);
  }
  const faults = (schema.allOf ?? []).flatMap((part) => schemaFaults(value, part, resolve, path));
  if (schema.const !== undefined && value !== schema.const)
    faults.push(`${path} is not ${JSON.stringify(schema.const)}`);
  if (schema.enum && !schema.enum.includes(value)) faults.push(`${path} is none of ${JSON.stringify(schema.enum)}`);
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    return [...faults, `${path} is no ${types.join(" or ")}: ${JSON.stringify(value)?.slice(0, 80)}`];
  }
  if (typeof value === "string") faults.push(...textFaults(value, schema, path));
  if (typeof value === "number") faults.push(...numberFaults(value, schema, path));
  if (Array.isArray(value)) faults.push(...listFaults(value, schema, resolve, path));
  else if (typeof value === "object" && value !== null) faults.push(...objectFaults(value, schema, resolve, path));
  return faults;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function textFaults(text: string, { minLength = 0, maxLength, pattern, format }: Schema, path: string): string[] {
  const length = [...text].length;
  const fits = length >= minLength && length <= (maxLength ?? length);
  return [
    ...(fits ? [] : [`${path} has ${length} characters`]),
    ...(pattern === undefined || new RegExp(pattern, "u").test(text) ? [] : [`${path} is not ${pattern}`]),
    ...(format !== "date-time" || dateTime.test(text)
      ? []
      : [`${path} is no time with milliseconds: ${text.slice(0, 40)}`]),
  ];
}

function numberFaults(number: number, schema: Schema, path: string): string[] {
  const { minimum = number, maximum = number, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema;
  const fits = number >= minimum && number <= maximum && number > exclusiveMinimum && number < exclusiveMaximum;
  return fits ? [] : [`${path} is out of its bounds: ${number}`];
}

function listFaults(list: readonly unknown[], schema: Schema, resolve: Resolve, path: string): string[] {
  const { prefixItems = [], items, minItems = 0, maxItems = list.length } = schema;
  const fits =
    list.length >= minItems &&
    list.length <= maxItems &&
    (items || !schema.prefixItems || list.length <= prefixItems.length);
  return [
    ...(fits ? [] : [`${path} has ${list.length} entries`]),
    ...list.flatMap((item, index) => {
      const of = prefixItems[index] ?? items;
      return of ? schemaFaults(item, of, resolve, `${path}.${index}`) : [];
    }),
  ];
}

function objectFaults(object: object, schema: Schema, resolve: Resolve, path: string): string[] {
  const { properties = {}, required = [], additionalProperties } = schema;
  const open = additionalProperties ?? !schema.properties;
  const faults = required.filter((name) => !Object.hasOwn(object, name)).map((name) => `${path}.${name} is missing`);
  for (const [name, value] of Object.entries(object)) {
    const of = Object.hasOwn(properties, name) ? properties[name] : open;
    if (of === false || of === undefined) faults.push(`${path}.${name} is not documented`);
    else if (of !== true) faults.push(...schemaFaults(value, of, resolve, `${path}.${name}`));
  }
  return faults;
}
