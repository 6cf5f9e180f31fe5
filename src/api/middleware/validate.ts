import type { z } from "zod";
import { type ErrorCode, type FieldFault, Refusal } from "../../domain/errors.js";
import { isStorable, unstorable } from "../../domain/storable.js";
import { faultWords } from "./fault-words.js";

/** The code that a fault in a field has when it is not `invalid_body`. */
export type FieldCodes = Readonly<Partial<Record<string, ErrorCode>>>;

const sentences: Partial<Record<ErrorCode, string>> = {
  invalid_agent_id: "agent_id must be an agent's id.",
  empty_reply: "A reply needs a text.",
  invalid_query: "The query is not valid.",
};

function refusalFor(code: ErrorCode, faults: FieldFault[]): Refusal {
  const errors = faults.map(({ path, message }) => ({ path, message }));
  return new Refusal(code, sentences[code] ?? "The body is not valid.", { errors });
}

function faultsOf(error: z.ZodError, root: string): FieldFault[] {
  return error.issues.slice(0, 20).map((issue) => ({
    path: [root, ...issue.path.map(String)].join("."),
    message: issue.message,
  }));
}

/**
 * A body as its schema has it. Throws `invalid_body` with the faults, or the first fault's own code: a field that is
 * missing or wrong in kind has it, one that is only too long has not.
 */
export function validateBody<T extends z.ZodType>(schema: T, body: unknown, codes: FieldCodes = {}): z.output<T> {
  const faults = unstorable(body, "body");
  if (faults.some((fault) => fault.deep)) throw refusalFor("invalid_body", faults);
  const parsed = schema.safeParse(body, { error: faultWords });
  if (parsed.success && faults.length === 0) return parsed.data;
  const issues = parsed.error?.issues ?? [];
  const named = issues
    .filter((issue) => !(issue.code === "too_big" && issue.origin === "string"))
    .map((issue) => codes[String(issue.path[0])])
    .find((code) => code !== undefined);
  const all = [...(parsed.error ? faultsOf(parsed.error, "body") : []), ...faults];
  throw refusalFor(named ?? "invalid_body", all);
}

/**
 * A query as its schema has it; a name that is given twice counts once, the last one, and one without a value is as good
 * as none. Throws `invalid_query`.
 */
export function validateQuery<T extends z.ZodType>(schema: T, url: string): z.output<T> {
  const start = url.indexOf("?");
  const query = Object.fromEntries(
    [...new URLSearchParams(start === -1 ? "" : url.slice(start))].filter(([, value]) => value !== ""),
  );
  const faults = Object.entries(query)
    .filter(([name, value]) => !isStorable(name) || !isStorable(value))
    .map(([name]) => ({ path: `query.${isStorable(name) ? name : "?"}`, message: "holds NUL" }));
  if (faults.length > 0) throw refusalFor("invalid_query", faults);
  const parsed = schema.safeParse(query, { error: faultWords });
  if (parsed.success) return parsed.data;
  throw refusalFor("invalid_query", faultsOf(parsed.error, "query"));
}
