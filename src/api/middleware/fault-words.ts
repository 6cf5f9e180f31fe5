import type { z } from "zod";

const kinds: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** What is wrong with a field, in the house's words, for the schemas that say nothing of their own; undefined: zod's. */
export function faultWords(issue: z.core.$ZodRawIssue): string | undefined {
  const { code, input, origin } = issue as { code: string; input: unknown; origin?: string };
  switch (code) {
    case "invalid_type":
      return input === undefined ? "is required" : `must be ${kinds[String(issue.expected)] ?? "of another kind"}`;
    case "too_big":
      return limitWords(origin, Number(issue.maximum), "more");
    case "too_small":
      if (Number(issue.minimum) === 1 && origin !== "number" && origin !== "int") return "must not be empty";
      return limitWords(origin, Number(issue.minimum), "fewer");
    case "invalid_value":
      return `is none of ${(issue.values as unknown[]).join(", ")}`;
    case "invalid_key":
      return "has a name that is not taken";
    case "invalid_union":
    case "invalid_format":
      return "is not in a form that is taken";
    default:
      return undefined;
  }
}

function limitWords(origin: string | undefined, limit: number, than: "more" | "fewer"): string {
  if (origin === "string") return `has ${than} than ${limit} characters`;
  if (origin === "number" || origin === "int") return `must be ${limit} or ${than === "more" ? "less" : "more"}`;
  return `has ${than} than ${limit} entries`;
}
