import type { FieldFault } from "./errors.js";

/** How deep a value may be nested: deeper than anything here has a use for. */
export const nestingMax = 32;
/** A text with half of a surrogate pair, or with NUL: Postgres takes neither. */
const loneSurrogate = /\p{Surrogate}/u;

/** Whether a text can be stored as it is. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && !loneSurrogate.test(text);
}

/** A fault of what cannot be stored; `deep`: it is nested too deep to be looked at further. */
export interface StorageFault extends FieldFault {
  deep?: true;
}

/** The texts and names in `value` that cannot be stored: NUL, half a surrogate pair; and nesting past all use. */
export function unstorable(value: unknown, path: string, depth = 0): StorageFault[] {
  if (typeof value === "string") {
    return isStorable(value) ? [] : [{ path, message: "holds NUL or half of a surrogate pair" }];
  }
  if (typeof value !== "object" || value === null) return [];
  if (depth >= nestingMax) return [{ path, message: `is nested deeper than ${nestingMax}`, deep: true }];
  const faults: StorageFault[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (!isStorable(key)) faults.push({ path, message: "has a name that holds NUL or half of a surrogate pair" });
    else faults.push(...unstorable(item, `${path}.${key}`, depth + 1));
  }
  return faults.length > 20 ? [...faults.slice(0, 20), ...faults.filter((fault) => fault.deep).slice(0, 1)] : faults;
}
