/** The part of JSON Schema that the document uses; `matches-schema` refuses to judge by a word that it does not know. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  format?: string;
  contentEncoding?: string;
  description?: string;
  default?: unknown;
  example?: unknown;
}

interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  schema?: Schema;
}

interface Content {
  schema?: Schema;
}

/** One method of one path, as the document describes it. */
export interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  body: { required: boolean; mediaType: string; schema: Schema } | null;
  /** By status: what it holds by media type; {} where it holds nothing. */
  responses: Record<string, Record<string, Content>>;
}

/** An OpenAPI document, read for what the fuzzer needs of it. */
export interface ApiDocument {
  operations: Operation[];
  /** The schema that a reference names; throws for one that leads nowhere. */
  resolve(schema: Schema): Schema;
}

interface RawOperation {
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Content> };
  responses: Record<string, { content?: Record<string, Content> }>;
}

interface RawDocument {
  paths: Record<string, Record<string, RawOperation>>;
  components?: { schemas?: Record<string, Schema> };
}

/** Reads `/openapi.json`. */
export function readDocument(value: unknown): ApiDocument {
  const raw = value as RawDocument;
  const schemas = raw.components?.schemas ?? {};
  const operations = Object.entries(raw.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationOf(path, method, operation)),
  );
  const resolve = (schema: Schema): Schema => {
    if (schema.$ref === undefined) return schema;
    const found = schemas[schema.$ref.replace("#/components/schemas/", "")];
    if (!found) throw new Error(`the document has no ${schema.$ref}`);
    return resolve(found);
  };
  return { operations, resolve };
}

function operationOf(path: string, method: string, raw: RawOperation): Operation {
  const [mediaType, content] = Object.entries(raw.requestBody?.content ?? {})[0] ?? [];
  return {
    method: method.toUpperCase(),
    path,
    parameters: raw.parameters ?? [],
    body:
      mediaType === undefined
        ? null
        : { required: raw.requestBody?.required ?? false, mediaType, schema: content?.schema ?? {} },
    responses: Object.fromEntries(
      Object.entries(raw.responses).map(([status, { content: held = {} }]) => [status, held]),
    ),
  };
}
