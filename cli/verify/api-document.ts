import { Failure } from "../failure.js";

/** The part of JSON Schema that is needed to make up a value. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  pattern?: string;
  format?: string;
}

/** A method of a path as `/openapi.json` has it. */
export interface DocumentedRoute {
  /** `POST /api/messages/{id}/claim/`. */
  name: string;
  method: string;
  path: string;
  query: { name: string; schema: JsonSchema }[];
  body: JsonSchema | null;
  /** Media type of the body; null: it takes none. */
  mediaType: string | null;
}

export interface ApiDocument {
  routes: DocumentedRoute[];
  /** The schema that a reference names. */
  resolve(schema: JsonSchema): JsonSchema;
}

interface RawOperation {
  parameters?: { name: string; in: string; schema?: JsonSchema }[];
  requestBody?: { content?: Record<string, { schema?: JsonSchema }> };
}

/** Reads the routes from `/openapi.json` of a running API: it alone says what there is to try. */
export async function readApiDocument(url: string): Promise<ApiDocument> {
  const answer = await fetch(`${url}/openapi.json`);
  if (!answer.ok) throw new Failure(`${url}/openapi.json answered ${answer.status}`);
  const document = (await answer.json()) as {
    paths: Record<string, Record<string, RawOperation>>;
    components?: { schemas?: Record<string, JsonSchema> };
  };
  const schemas = document.components?.schemas ?? {};
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => routeOf(path, method.toUpperCase(), operation)),
  );
  const resolve = (schema: JsonSchema): JsonSchema => {
    const name = schema.$ref?.replace("#/components/schemas/", "");
    if (name === undefined) return schema;
    const found = schemas[name];
    if (!found) throw new Failure(`the document has no schema ${name}`);
    return resolve(found);
  };
  return { routes, resolve };
}

function routeOf(path: string, method: string, { parameters = [], requestBody }: RawOperation): DocumentedRoute {
  const [mediaType = null, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return {
    name: `${method} ${path}`,
    method,
    path,
    query: parameters.filter((one) => one.in === "query").map(({ name, schema = {} }) => ({ name, schema })),
    body: content?.schema ?? null,
    mediaType,
  };
}
