import { Refusal } from "../../domain/errors.js";
import { nestingMax } from "../../domain/storable.js";

const decoder = new TextDecoder("utf-8", { fatal: true });
const valuesMax = 10_000;
const [quote, backslash, comma, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\,{}[]');

/**
 * The JSON object that a body holds. Throws `invalid_json` for bytes that are no UTF-8, for what is no JSON, and for
 * JSON that is no object; `invalid_body` for more values, or nested deeper, than anything here has a use for.
 */
export function parseJson(body: Uint8Array): Record<string, unknown> {
  if (body.byteLength === 0) throw new Refusal("invalid_json", "The body is empty; a JSON object is expected.");
  if (body.byteLength > valuesMax) checkShape(body);
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(body));
  } catch {
    throw new Refusal("invalid_json", "The body is not valid JSON in UTF-8.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("invalid_json", "The body must be a JSON object.");
  }
  return value as Record<string, unknown>;
}

/**
 * Looks at a large body before it is parsed: how deep it is nested and how many values it holds cost time out of all
 * proportion to its bytes. Throws `invalid_body`.
 */
function checkShape(body: Uint8Array): void {
  let depth = 0;
  let values = 1;
  let inText = false;
  for (let index = 0; index < body.byteLength; index++) {
    const byte = body[index];
    if (inText) {
      if (byte === backslash) index++;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === comma) values++;
    else if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBrace || byte === closeBracket) depth--;
    if (depth > nestingMax) throw tooMuch(`is nested deeper than ${nestingMax}`);
    if (values > valuesMax) throw tooMuch(`holds more than ${valuesMax} values`);
  }
}

const tooMuch = (message: string) =>
  new Refusal("invalid_body", `The body ${message}.`, { errors: [{ path: "body", message }] });
