import type { ApiDocument, Operation, Schema } from "./document.js";
import { schemaFaults } from "./matches-schema.js";
import type { RawAnswer } from "./raw-client.js";
import type { FuzzRequest } from "./request-arbitrary.js";

/** What no answer may hold: a stack, a path of ours, a statement, what Postgres or a driver says. */
const leaks: readonly RegExp[] = [
  /\bat (async )?[\w.<>$ ]+ \(?(file:|\/|node:)/,
  /\.(js|ts):\d+:\d+/,
  /node_modules|\/dist\/|node:internal/,
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[^"]*\b(FROM|VALUES|SET|WHERE)\b/,
  /\b(relation|column|constraint|function) \\?"\w+\\?"/i,
  /syntax error at|violates \w+|duplicate key value|invalid input syntax|out of range for type|SQLSTATE|\bpg_\w+/i,
  /ECONNREFUSED|TypeError|RangeError|ReferenceError|Cannot read propert/,
];

const honest503 = new Set(["unavailable", "overloaded"]);
/** What these hold is text of ours: the document, its page, the figures. */
const proseOf = new Set(["/openapi.json", "/docs", "/docs/{file}", "/metrics", "/admin/queues/"]);

/** What is wrong with an answer, one sentence each; [] when it is what the document says. */
export function judge(request: FuzzRequest, operation: Operation, document: ApiDocument, answer: RawAnswer): string[] {
  const text = answer.body.toString("utf8");
  const faults: string[] = [];
  if (!proseOf.has(operation.path)) {
    const sent = `${request.target} ${request.body?.toString("utf8") ?? ""}`;
    for (const leak of leaks) {
      const found = leak.exec(text)?.[0];
      if (found && !sent.includes(found)) faults.push(`the answer holds ${JSON.stringify(found.slice(0, 120))}`);
    }
  }
  const json = parsed(text);
  const isRefusal = answer.status >= 400;
  if (answer.status >= 500 && !(answer.status === 503 && isReady(json))) faults.push(`status ${answer.status}`);
  if (request.wild === "http") return faults;
  if (!answer.headers["x-request-id"]) faults.push("no X-Request-Id");
  if (isRefusal && request.method !== "HEAD" && operation.path !== "/admin/queues/" && operation.path !== "/readyz") {
    faults.push(...problemFaults(json, document).map((fault) => `no refusal in the contract's shape: ${fault}`));
  }
  if (request.wild !== null) return faults;
  const documented = operation.responses[String(answer.status)];
  if (!documented) return [...faults, `status ${answer.status} (${statusWord(json)}) is not documented`];
  if (!isRefusal) faults.push(...bodyFaults(answer, text, json, documented, document));
  return faults;
}

function isReady(json: unknown): boolean {
  return honest503.has(statusWord(json));
}

function statusWord(json: unknown): string {
  return typeof json === "object" && json !== null && "status" in json ? String(json.status) : "";
}

function problemFaults(json: unknown, document: ApiDocument): string[] {
  if (typeof json !== "object" || json === null) return ["it is no JSON object"];
  return schemaFaults(
    json,
    { ...document.resolve({ $ref: "#/components/schemas/Problem" }), additionalProperties: true },
    document.resolve,
  );
}

function bodyFaults(
  answer: RawAnswer,
  text: string,
  json: unknown,
  documented: Record<string, { schema?: Schema }>,
  document: ApiDocument,
): string[] {
  const types = Object.keys(documented);
  if (types.length === 0)
    return text === "" || answer.status === 302 || answer.status === 303 ? [] : ["a body where none is documented"];
  const type = (answer.headers["content-type"] ?? "").split(";")[0] ?? "";
  const content = documented[type];
  if (!content) return [`content type ${JSON.stringify(type)}, documented is ${types.join(", ")}`];
  if (type !== "application/json" || !content.schema) return [];
  if (json === undefined) return ["it is no JSON"];
  return schemaFaults(json, content.schema, document.resolve).slice(0, 5);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
